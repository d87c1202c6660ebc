import { expect, test } from 'vitest';
import { encodings, strangeEncodings } from '../../../test/support/encodings.js';
import { decodeText, hasUtf16Bom } from '../../src/util/text.js';

const TEXT = 'A=Grüße, 日本\r\nB=2\r\n';

test.each(encodings)('decodeText reads %s', (name, encode) => {
  expect(decodeText(encode(TEXT))).toBe(TEXT);
  expect(hasUtf16Bom(encode(TEXT))).toBe(name.startsWith('UTF-16'));
  expect(decodeText(encode(''))).toBe('');
});

test.each(strangeEncodings)(
  'decodeText rejects %s with advice and without quoting the input',
  (_, encode) => {
    const reading = (): string => decodeText(encode('secret=xyz'));
    expect(reading).toThrow(/^it is not text in UTF-8 \(line 1\)\. Save it as UTF-8/);
    expect(reading).not.toThrow(/xyz/);
  },
);

test('decodeText names the invalid line', () => {
  const bad = Buffer.concat([Buffer.from('a=é\nb=2\nc='), Buffer.of(0xe9), Buffer.from('\nd=4')]);
  expect(() => decodeText(bad)).toThrow('(line 3)');
});
