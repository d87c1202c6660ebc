/** Control messages: JSON that opens, steers and ends streams (`docs/protocol.md`, Control). */
import { z } from 'zod';

/** The largest control message but `hello`, bytes of UTF-8. */
export const MAX_CONTROL_BYTES = 4 * 1024;
/** The largest `hello`, bytes of UTF-8. */
export const MAX_HELLO_BYTES = 16 * 1024;
/** The longest name, Unicode code points. */
const MAX_LABEL_LENGTH = 64;

const stream = z.int().min(1).max(65_535);
const label = z
  .string()
  .refine((text) => text !== '' && Array.from(text).length <= MAX_LABEL_LENGTH);

/** A protocol that a side takes part in, and what it can receive by it. */
const offerSchema = z.object({
  /** With its version, as `video/1`. Names without a dot are Roomkey's. */
  name: label,
  /** `video/1`: the names of the codecs that can be received. */
  codecs: z.array(label).max(32).optional(),
});

const schemas = {
  /** The first message of each side: what it can receive. Unknown protocols and codecs are ignored. */
  hello: z.object({
    type: z.literal('hello'),
    program: z.object({ name: label, version: label }),
    protocols: z.array(offerSchema).max(64),
    /** Host: the guest waits for `admit`. */
    waiting: z.boolean().optional(),
    /** Host: guests come in without a question, and no one may be looking. */
    unattended: z.boolean().optional(),
  }),
  /** Host: lets a guest in that waits. */
  admit: z.object({ type: z.literal('admit') }),
  /** A stream of the sender's begins, on this connection. */
  open: z.object({
    type: z.literal('open'),
    stream,
    protocol: label,
    /** What it is, of those that its protocol has: `video/1` has `VideoKind`. */
    kind: label.optional(),
  }),
  /** The stream is accepted; `limit` as in an acknowledgement. */
  accept: z.object({ type: z.literal('accept'), stream, limit: z.int().min(0) }),
  /** The stream is refused, which ends nothing else. */
  refuse: z.object({
    type: z.literal('refuse'),
    stream,
    reason: z.enum(['unknown-protocol', 'too-many', 'not-wanted']).catch('not-wanted'),
  }),
  /** The sender's stream is over; `reason` says why a track is off. */
  end: z.object({
    type: z.literal('end'),
    stream,
    reason: z.enum(['stopped', 'lost', 'failed']).catch('stopped'),
  }),
  /** Receiver: no unit can be decoded before the next key unit. */
  'key-frame': z.object({ type: z.literal('key-frame'), stream }),
  /** Receiver: whether anything of the stream is shown, as in a window that is hidden. */
  view: z.object({ type: z.literal('view'), stream, visible: z.boolean() }),
} as const;

const schema = z.discriminatedUnion('type', [
  schemas.hello,
  schemas.admit,
  schemas.open,
  schemas.accept,
  schemas.refuse,
  schemas.end,
  schemas['key-frame'],
  schemas.view,
]);

export type ControlMessage = z.infer<typeof schema>;
export type Hello = Extract<ControlMessage, { type: 'hello' }>;
/** A message about one stream. */
export type StreamControl = Extract<ControlMessage, { stream: number }>;
export type ProtocolOffer = z.infer<typeof offerSchema>;
export type StreamOpen = Extract<ControlMessage, { type: 'open' }>;
export type RefuseReason = Extract<ControlMessage, { type: 'refuse' }>['reason'];
/** Why a stream of live media ended: switched off, its device went away, or an error at the sender. */
export type EndReason = Extract<ControlMessage, { type: 'end' }>['reason'];
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A control message in UTF-8. */
export function encodeControl(message: ControlMessage): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

/**
 * Reads a control message. Keys that are not known are ignored; those that are have their type.
 *
 * @returns undefined for a message of a type that is not known: a newer peer's, to be ignored
 * @throws RangeError where it is too long, no I-JSON object (RFC 7493), or a known key is malformed
 */
export function decodeControl(bytes: Uint8Array): ControlMessage | undefined {
  if (bytes.length > MAX_HELLO_BYTES) throw new RangeError('a control message is too long');
  const value = parseIJson(bytes);
  const parsed = z.object({ type: z.string() }).safeParse(value);
  if (!parsed.success) throw new RangeError('a control message without a type');
  const { type } = parsed.data;
  if (type !== 'hello' && bytes.length > MAX_CONTROL_BYTES) {
    throw new RangeError('a control message is too long');
  }
  if (!Object.hasOwn(schemas, type)) return undefined;
  const message = schema.safeParse(value);
  if (!message.success) throw new RangeError(`a malformed ${type}`);
  return message.data;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws RangeError for what is no I-JSON: also lone surrogates, and a key that comes twice */
function parseIJson(bytes: Uint8Array): unknown {
  let keys = 0;
  try {
    const text = decoder.decode(bytes);
    const value: unknown = JSON.parse(text, function (this: unknown, key, member: unknown) {
      if (!Array.isArray(this)) keys += 1;
      if (LONE_SURROGATE.test(key) || (typeof member === 'string' && LONE_SURROGATE.test(member))) {
        throw new RangeError('a lone surrogate');
      }
      return member;
    });
    // Of a key that comes twice, JSON.parse keeps one. It visits the whole as a member with no key.
    if (keys - 1 !== countKeys(text)) throw new RangeError('a key that comes twice');
    return value;
  } catch (cause) {
    throw new RangeError('a control message that is no I-JSON', { cause });
  }
}

/** @param text valid JSON */
function countKeys(text: string): number {
  const strings = text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g);
  return Array.from(strings).filter(([, colon]) => colon === ':').length;
}
