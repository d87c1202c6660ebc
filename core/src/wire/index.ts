/**
 * What goes over the wire inside a record, for peers and pages alike: units, codecs and
 * acknowledgements. Imports nothing but itself, so a page can load it.
 *
 * @packageDocumentation
 */
export * from './acknowledgement.js';
export * from './codecs/index.js';
export type { VideoCodecDefinition } from './codecs/definition.js';
export type {
  ControlMessage,
  EndReason,
  Hello,
  ProtocolOffer,
  RefuseReason,
  StreamOpen,
} from './control.js';
export * from './opus-format.js';
export * from './unit.js';
export * from './video-kind.js';
export type { VideoUnit } from './video-unit.js';
