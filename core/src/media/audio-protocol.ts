import type { Hello, ProtocolOffer } from '../wire/control.js';

/** The protocol of sound (`docs/protocol.md`, audio/1). */
export const AUDIO_PROTOCOL = 'audio/1';

const CODEC = 'opus';

/** The entry of the hello: this side can receive sound. */
export const audioOffer: ProtocolOffer = { name: AUDIO_PROTOCOL, codecs: [CODEC] };

/** Whether a peer can receive sound. */
export function canReceiveSound(hello: Hello): boolean {
  const audio = hello.protocols.find(({ name }) => name === AUDIO_PROTOCOL);
  return audio?.codecs?.includes(CODEC) === true;
}

/**
 * What a stream of sound is: of the microphone, or copies of units that are late on the connection of
 * that one.
 */
export const audioStreamKinds = ['microphone', 'copy'] as const;
export type AudioStreamKind = (typeof audioStreamKinds)[number];

export function isAudioStreamKind(kind: string | undefined): kind is AudioStreamKind {
  return (audioStreamKinds as readonly (string | undefined)[]).includes(kind);
}
