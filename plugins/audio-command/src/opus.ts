/** The one file that knows the Opus library, which is young and may be replaced. */
import { Application, createDecoder, createEncoder } from 'libopus-wasm';
import {
  audioUnitLengths,
  opusFormat,
  opusPacketBytes,
  samplesPerUnit,
  type AudioDecoder,
  type AudioEncoder,
} from '@roomkey/core';

/** How many packets of zeros it takes until an encoder gives the same one again. */
const SETTLED = 5;

/** An encoder or decoder, which has memory of its own until it is freed. */
export interface Freed {
  free(): void;
}

export async function openEncoder(): Promise<AudioEncoder & Freed> {
  const encoder = await newEncoder();
  // Its first packets of zeros differ, and would tell that someone has just been muted.
  const silence = new Map<number, Uint8Array>();
  for (const unitMs of audioUnitLengths) {
    silence.set(samplesPerUnit(unitMs), await silentPacket(samplesPerUnit(unitMs)));
  }
  return {
    encode: (samples) => encoder.encodeFloat(samples, { frameSize: samples.length }),
    encodeSilence: (samples) => {
      // Takes the time that voice takes, and has the encoder forget what it heard last.
      encoder.encodeFloat(new Float32Array(samples), { frameSize: samples });
      const packet = silence.get(samples);
      if (packet === undefined) throw new RangeError(`a unit of ${samples} samples`);
      return packet;
    },
    free: () => encoder.free(),
  };
}

export async function openDecoder(): Promise<AudioDecoder & Freed> {
  const decoder = await createDecoder({
    sampleRate: opusFormat.sampleRate,
    channels: opusFormat.channels,
  });
  return {
    decode: (packet) => decoder.decodeFloat(packet),
    free: () => decoder.free(),
  };
}

function newEncoder() {
  return createEncoder({
    sampleRate: opusFormat.sampleRate,
    channels: opusFormat.channels,
    application: Application.Voip,
    bitrate: opusFormat.bitrate,
    complexity: opusFormat.complexity,
    vbr: false,
    dtx: false,
    fec: false,
  });
}

async function silentPacket(samples: number): Promise<Uint8Array> {
  const encoder = await newEncoder();
  let packet: Uint8Array = new Uint8Array(opusPacketBytes(samples));
  for (let count = 0; count < SETTLED; count++) {
    packet = encoder.encodeFloat(new Float32Array(samples), { frameSize: samples });
  }
  encoder.free();
  return packet;
}
