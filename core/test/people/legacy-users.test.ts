import { describe, expect, it } from 'vitest';
import { encodings, strangeEncodings } from '../../../test/support/encodings.js';
import { parseLegacyUsers } from '../../src/people/index.js';

const A = 'ab'.repeat(32);
const B = '01'.repeat(32);
const both = [
  { name: 'Anna', hash: A },
  { name: 'Bob', hash: B },
];

const parse = (text: string) => parseLegacyUsers(Buffer.from(text), 'users.json');

describe('the original app’s users.json', () => {
  it.each([
    [
      'a list',
      [
        { username: 'Anna', password: A },
        { username: 'Bob', password: B },
      ],
    ],
    [
      'a list by other names',
      [
        { name: 'Anna', password_hash: A },
        { name: 'Bob', hash: B },
      ],
    ],
    [
      'a list out of a database',
      [
        { _id: { $oid: '5f' }, username: 'Anna', password: A, created_at: '2024-01-01' },
        { id: 2, username: 'Bob', password: B },
      ],
    ],
    ['hashes by name', { Anna: A, Bob: B }],
    ['hashes in capitals', { Anna: A.toUpperCase(), Bob: B }],
    [
      'a list in `users`',
      {
        users: [
          { username: 'Anna', password: A },
          { name: 'Bob', hash: B },
        ],
      },
    ],
    ['hashes by name in `users`', { users: { Anna: A, Bob: B } }],
  ])('can be %s', (_, content) => {
    expect(parse(JSON.stringify(content))).toEqual(both);
    expect(parse(`\ufeff${JSON.stringify(content, null, 2)}\r\n`)).toEqual(both);
  });

  it('can have users of any name, and none', () => {
    expect(parse(`{"users":"${A}"}`)).toEqual([{ name: 'users', hash: A }]);
    expect(parse(`{"__proto__":"${A}"}`)).toEqual([{ name: '__proto__', hash: A }]);
    expect(parse('[]')).toEqual([]);
    expect(parse('{"users":{}}')).toEqual([]);
  });

  it.each([
    ['', 'users.json:1:1 is not valid JSON'],
    [`{\n "Anna": "${A}",\n}`, 'users.json:3:1 is not valid JSON'],
    ['7', 'users.json is neither'],
    ['null', 'users.json is neither'],
    [`{"users":[],"more":1}`, 'users.json: more has no place'],
    [`["${A}"]`, 'users.json: [0] must be an object'],
    [`[{"username":"Anna","password":"${A}"},{"username":"Bob"}]`, 'users.json: [1] must have one'],
    [`{"users":[{"password":"${A}"}]}`, 'users.json: users[0] must have one name'],
    [`[{"username":"A","name":"B","password":"${A}"}]`, '[0] must have one name'],
    [`[{"username":"A","password":"${A}","hash":"${A}"}]`, '[0] must have one hash'],
    [`[{"username":1,"password":"${A}"}]`, '[0].username must be a text'],
    [`[{"username":"A","password":"${A}0"}]`, '[0].password must be 64'],
    [`[{"username":"A","password":"$2b$12$${A.slice(0, 53)}"}]`, '[0].password must be 64'],
    [`[{"username":"A","password":7}]`, '[0].password must be a text'],
    // Its hash would be one over something else.
    [
      `[{"username":"A","password":"${A}","salt":"x"}]`,
      '[0] has a member that is not known: “salt”',
    ],
    ['{"Anna":"x","Bob":1}', 'users.json: Anna must be 64'],
    ['{"users":{"Anna":{}}}', 'users.json: users.Anna must be a text'],
  ])('cannot be %s', (text, message) => {
    let error: unknown;
    try {
      parse(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'RK_IMPORT_INVALID' });
    const told = `${String(error)} ${String((error as Error).cause)}`;
    expect(told).toContain(message);
    expect(told).not.toContain(A.slice(0, 8));
  });

  it('drives no terminal by what is in it', () => {
    for (const text of [
      '{"A\\u001b[2J\\u009b":"x"}',
      `[{"username":"A","password":"${A}","\\u001b]0;x\\u0007":1}]`,
      `{"${'long '.repeat(1_000)}":1}`,
    ]) {
      expect(() => parse(text)).toThrow(/^[^\p{Cc}]{1,300}$/u);
    }
  });

  it.each(encodings)('is read in %s', (_name, encode) => {
    const content = encode(`{"Andr\u00e9":\r\n"${A}"}`);
    expect(parseLegacyUsers(content, 'users.json')).toEqual([{ name: 'Andr\u00e9', hash: A }]);
  });

  it.each(strangeEncodings)('is not read in %s', (_name, encode) => {
    const reading = () => parseLegacyUsers(encode(`{"a":"${A}"}`), 'users.json');
    expect(reading).toThrow('users.json cannot be read: it is not text in UTF-8');
  });
});
