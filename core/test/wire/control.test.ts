import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeControl, encodeControl, type ControlMessage } from '../../src/wire/control.js';

const messages: ControlMessage[] = [
  {
    type: 'hello',
    program: { name: 'Roomkey', version: '0.1.0' },
    protocols: [{ name: 'video/1', codecs: ['jpeg'] }, { name: 'acme.whiteboard/1' }],
  },
  { type: 'open', stream: 2, protocol: 'video/1', kind: 'screen' },
  { type: 'accept', stream: 2, limit: 2 },
  { type: 'refuse', stream: 65_535, reason: 'too-many' },
  { type: 'end', stream: 1, reason: 'lost' },
  { type: 'key-frame', stream: 1 },
  { type: 'view', stream: 1, visible: false },
];

const decode = (text: string): ControlMessage | undefined => decodeControl(Buffer.from(text));

/** A message of a type, with an unknown key that makes it so many bytes long. */
function padded(type: string, bytes: number): string {
  const known = messages.find((message) => message.type === type);
  const text = JSON.stringify({ ...known, type, padding: '' });
  return text.replace('"padding":""', `"padding":"${'x'.repeat(bytes - text.length)}"`);
}

describe('a control message', () => {
  it.each(messages.map((message) => [message.type, message] as const))(
    '“%s” is read as it was written',
    (_, message) => {
      expect(decodeControl(encodeControl(message))).toEqual(message);
    },
  );

  it('of an unknown type is ignored, and so are unknown keys', () => {
    expect(decode('{"type":"constructor"}')).toBeUndefined();
    expect(decode('{"type":"key-frame","stream":1,"why":{"a":[1]}}')).toEqual({
      type: 'key-frame',
      stream: 1,
    });
  });

  it('with an unknown reason has the mildest', () => {
    const end = decode('{"type":"end","stream":1,"reason":"melted"}');
    expect(end).toMatchObject({ reason: 'stopped' });
    const refuse = decode('{"type":"refuse","stream":1,"reason":"no"}');
    expect(refuse).toMatchObject({ reason: 'not-wanted' });
  });

  it.each([
    'null',
    '[]',
    '{}',
    '{"type":3}',
    '{"type":"open","stream":0,"protocol":"a"}',
    '{"type":"open","stream":65536,"protocol":"a"}',
    '{"type":"open","stream":1.5,"protocol":"a"}',
    '{"type":"open","stream":1}',
    '{"type":"open","stream":1,"protocol":""}',
    `{"type":"open","stream":1,"protocol":"${'😀'.repeat(65)}"}`,
    '{"type":"open","stream":1,"protocol":"acme.x/1","kind":5}',
    '{"type":"accept","stream":1,"limit":-1}',
    '{"type":"accept","stream":1,"limit":1e300}',
    '{"type":"view","stream":1,"visible":"yes"}',
    '{"type":"hello","protocols":[]}',
    '{"type":"hello"',
    '\ufeff{"type":"key-frame","stream":1}',
    '{"type":"view","stream":3,"visible":true,"stream":1}',
    '{"type":"dance","type":"key-frame","stream":1}',
    '{"type":"dance","a":1,"\\u0061":2}',
    '{"type":"dance","a":[{"b":1,"b":2}]}',
    '{"type":"open","stream":1,"protocol":"\\ud800"}',
    '{"type":"dance","\\udc00":1}',
  ])('like %s is malformed', (text) => {
    expect(() => decode(text)).toThrow(RangeError);
  });

  it('that is no UTF-8 is malformed', () => {
    const bytes = Buffer.from('{"type":"end","stream":1,"reason":"x"}');
    bytes[bytes.length - 4] = 0xff;
    expect(() => decodeControl(bytes)).toThrow(RangeError);
  });

  it.each([
    ['colons and quotes in texts', '{"type":"open","stream":1,"protocol":"a\\":\\"b : \\\\"}'],
    ['white space', ' { "type" : "open" , "stream" : 1 , "protocol" : "a" } '],
    ['a name of 64 characters', `{"type":"open","stream":1,"protocol":"${'😀'.repeat(64)}"}`],
    ['any kind', '{"type":"open","stream":1,"protocol":"acme.x/1","kind":"hologram"}'],
  ])('can have %s', (_, text) => {
    expect(decode(text)).toMatchObject({ type: 'open', stream: 1 });
  });

  it('is read whatever valid JSON its unknown keys are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (other) => {
        const text = JSON.stringify({ ...other, type: 'key-frame', stream: 7 });
        expect(decode(text)).toEqual({ type: 'key-frame', stream: 7 });
      }),
    );
  });

  it.each([
    ['view', 4_096],
    ['hello', 16_384],
    ['dance', 4_096],
  ])('“%s” has at most %i bytes', (type, bytes) => {
    expect(() => decode(padded(type, bytes))).not.toThrow();
    expect(() => decode(padded(type, bytes + 1))).toThrow('too long');
  });
});
