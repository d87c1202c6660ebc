/**
 * Conformance kits: the cases that every implementation of a contract must pass, and in-memory
 * implementations that pass them. Each kit takes the test runner as an argument.
 *
 * @packageDocumentation
 */
export type { TestRunner } from './runner.js';
export { MemoryBackend, MemoryStorage } from './memory-storage.js';
export * from './storage.js';
export * from './discovery.js';
export {
  MemoryBroadcastDomain,
  MemoryDiscovery,
  type MemoryDiscoveryOptions,
} from './memory-discovery.js';
export { MemoryNetwork, type LinkFilter } from './memory-transport.js';
export { audioConformance, type AudioConformanceOptions } from './audio.js';
export { fakeOpusDecoder, FakeOpusEncoder } from './fake-opus.js';
export { MemoryAudioDevices } from './memory-audio.js';
export * from './camera.js';
export { MemoryCamera } from './memory-camera.js';
export { FakeDecoder, fakeDeltaUnit, fakeJpegUnit } from './fake-units.js';
export { cipherConformance, type CipherConformanceOptions } from './cipher.js';
export { transportConformance, type TransportConformanceOptions } from './transport.js';
