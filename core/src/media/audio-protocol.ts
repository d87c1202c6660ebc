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

/** What a side sends the sound of: its microphone, or the screen that it shares. */
export const audioKinds = ['microphone', 'screen'] as const;
export type AudioKind = (typeof audioKinds)[number];

/**
 * What a stream of sound is: of one of these, or copies of units of the microphone that are late on its
 * connection.
 */
export const audioStreamKinds = [...audioKinds, 'copy'] as const;
export type AudioStreamKind = (typeof audioStreamKinds)[number];

export function isAudioStreamKind(kind: string | undefined): kind is AudioStreamKind {
  return (audioStreamKinds as readonly (string | undefined)[]).includes(kind);
}
