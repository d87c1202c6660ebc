import { expect, test } from 'vitest';
import { RoomkeyError, type ErrorCode } from '@roomkey/core/host';
import { failureOf } from '../../src/app/failure.js';
import { MemoryLogger } from './scene.js';

const logger = new MemoryLogger();

test('core’s sentences come as they are, but those that name a command', () => {
  const said = (code: ErrorCode): string =>
    failureOf(new RoomkeyError(code, 'Try `roomkey something`.'), logger).message;
  expect(failureOf(new RoomkeyError('RK_CAMERA_BUSY', 'It is busy.'), logger)).toEqual({
    code: 'RK_CAMERA_BUSY',
    message: 'It is busy.',
  });
  const codes: readonly ErrorCode[] = [
    'RK_PERSON_CHANGED',
    'RK_PERSON_UNKNOWN',
    'RK_ROOM_NOT_FOUND',
  ];
  for (const code of codes) expect(said(code)).not.toContain('roomkey ');
});

test('how long a name may be is said in letters', () => {
  const said = (code: ErrorCode): string =>
    failureOf(new RoomkeyError(code, 'It takes 70 bytes.'), logger).message;
  expect(said('RK_ACCOUNT_NAME_INVALID')).toContain('1 to 32 letters, fewer with accents');
  expect(said('RK_ROOM_NAME_INVALID')).toContain('1 to 64 letters, fewer with accents');
});

test('of a changed person it says whom, and what to compare', () => {
  const person = { name: 'Ada', accepted: ['11'], pending: ['22'] };
  const error = new RoomkeyError('RK_PERSON_CHANGED', 'Run `roomkey people accept`.');
  const failure = failureOf(Object.assign(error, { person }), logger);
  expect(failure.message).toContain('Ada');
  expect(failure.message).not.toContain('roomkey ');
  expect(failure.person).toEqual({ name: 'Ada', known: ['11'], shown: ['22'] });
});

test('what nobody knows is a mistake of ours', () => {
  expect(failureOf(new TypeError('x is undefined'), logger).code).toBe('unexpected');
});
