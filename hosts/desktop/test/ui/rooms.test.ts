import { describe, expect, test } from 'vitest';
import { filterRooms, orderRooms } from '../../src/ui/rooms/order.js';
import { passwordStrength } from '../../src/ui/rooms/password-strength.js';
import { room } from './examples.js';

describe('the order of rooms', () => {
  test('is live rooms, then own rooms, then natural order of names', () => {
    const rooms = [
      room(1, { name: 'Lab 10' }),
      room(2, { name: 'lab 2' }),
      room(3, { name: 'Éclair' }),
      room(4, { name: 'Zoo', mine: true }),
      room(5, { name: 'Zebra', live: true }),
    ];
    expect(orderRooms(rooms).map(({ name }) => name)).toEqual([
      'Zebra',
      'Zoo',
      'Éclair',
      'lab 2',
      'Lab 10',
    ]);
  });

  test('ends with rooms of changed owners, open or not', () => {
    const rooms = [
      room(1, { name: 'Lab', live: true, known: 'changed' }),
      room(2, { name: 'Den', known: 'changed' }),
      room(3, { name: 'Attic', known: 'new' }),
      room(4, { name: 'Lab', live: true, known: 'same' }),
    ];
    expect(orderRooms(rooms).map(({ name, known }) => `${name} ${known}`)).toEqual([
      'Lab same',
      'Attic new',
      'Lab changed',
      'Den changed',
    ]);
  });
});

describe('the search for rooms', () => {
  const rooms = [
    room(1, { name: 'Küche', owner: 'Jonas' }),
    room(2, { name: 'Kitchen', owner: 'Amélie' }),
  ];
  const found = (query: string): string[] => filterRooms(rooms, query).map(({ name }) => name);

  test.for([
    ['', ['Küche', 'Kitchen']],
    ['  ', ['Küche', 'Kitchen']],
    ['KUCHE', ['Küche']],
    ['amelie', ['Kitchen']],
    ['kit ame', ['Kitchen']],
    ['kit jonas', []],
  ] as const)('for %j finds the matching rooms', ([query, names]) => {
    expect(found(query)).toEqual(names);
  });
});

describe('the password strength', () => {
  test.for([
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['12345678901234567890', 'weak'],
    ['abababababababababab', 'weak'],
    ['Password2024!', 'weak'],
    ['qwertyqwerty', 'weak'],
    ['sunshine2019', 'weak'],
    ['kelp42', 'weak'],
    ['vandrekelptor', 'fair'],
    ['tR7#mk9Lw2', 'fair'],
    ['gravel plum lantern otter', 'strong'],
    ['9fK!t2Wq#Lm8Zx', 'strong'],
    ['部屋の鍵は誰にも教えない秘密', 'strong'],
  ] as const)('of %s is %s', ([password, strength]) => {
    expect(passwordStrength(password)).toBe(strength);
  });
});
