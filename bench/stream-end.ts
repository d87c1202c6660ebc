/** One end of a session that carries streams over a TCP connection, as after a handshake. */
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import type { Connection } from '@roomkey/core';
import { captureTime } from '#core/camera/capture-time.js';
import { RemoteVideoTrack, type VideoSink } from '#core/media/remote-video-track.js';
import { MAX_RECORD_BYTES, SecureChannel } from '#core/secure/channel.js';
import { HandshakeConnection } from '#core/secure/handshake-connection.js';
import { RecordType } from '#core/secure/records.js';
import { StreamMux, type OpenAnswer, type OpenOptions } from '#core/streams/mux.js';
import type { OutgoingStream } from '#core/streams/outgoing-stream.js';
import type { Scheduler } from '#core/streams/scheduler.js';
import type { StreamOpen } from '#core/wire/control.js';

type Role = 'host' | 'guest';

/** Each side seals with its own secret. */
const secrets: Readonly<Record<Role, Uint8Array>> = {
  host: new Uint8Array(64).fill(1),
  guest: new Uint8Array(64).fill(2),
};

export class StreamEnd {
  readonly #mux: StreamMux;
  readonly #scheduler: Scheduler;
  readonly #channel: SecureChannel;
  /** Resolves when the other end has closed the session; rejects if it ends in another way. */
  readonly closed: Promise<void>;

  /** The two ends of a session need different roles. */
  constructor(connection: Connection, role: Role, onOpen: (open: StreamOpen) => OpenAnswer) {
    connection.setMaxMessageBytes(MAX_RECORD_BYTES);
    let end: (error?: Error) => void = () => undefined;
    this.closed = new Promise((resolve, reject) => {
      end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#mux = new StreamMux({
      role,
      clock: { now: () => performance.now(), wallTime: captureTime },
      handlers: { onHello: () => undefined, onAdmit: () => undefined, onOpen },
    });
    this.#channel = new SecureChannel({
      handshakeConnection: new HandshakeConnection(connection),
      cipher: aes256Gcm,
      sealSecret: secrets[role],
      openSecret: secrets[role === 'host' ? 'guest' : 'host'],
      handlers: {
        onRecord: (record) => {
          if (record.type !== RecordType.ping) this.#mux.receive(this.#scheduler, record);
        },
        onDrained: () => this.#scheduler.pump(),
        onEnd: (how) => end(how.kind === 'closed' ? undefined : how.error),
      },
    });
    this.#scheduler = this.#mux.add(this.#channel);
    this.#channel.start();
    this.#scheduler.sendControl({
      type: 'hello',
      program: { name: 'bench', version: '1' },
      protocols: [],
    });
  }

  open(options: OpenOptions): OutgoingStream {
    return this.#mux.open(this.#scheduler, options);
  }

  async close(): Promise<void> {
    this.#mux.close();
    await this.#channel.close(0, '');
  }
}

/**
 * Accepts the other end's video, and passes it to a sink as a call does.
 *
 * @param onEnd called when the stream has ended
 */
export function videoInto(sink: VideoSink, onEnd: () => void): OpenAnswer {
  return {
    trafficClass: 'video',
    sink: (stream) => {
      const handlers = { onUnit: () => undefined, onEnd };
      const track = new RemoteVideoTrack({ kind: 'camera', stream, codecs: ['jpeg'], handlers });
      track.setSink(sink);
      return track;
    },
  };
}
