import { describe, expect, test } from 'vitest';
import { RoomkeyError, type ErrorCode } from '@roomkey/core/host';
import { failureOf } from '../../src/app/failure.js';
import { MemoryLogger } from './test-network.js';

const logger = new MemoryLogger();

test('core’s sentences are passed on, except those that name a command', () => {
  const said = (code: ErrorCode): string =>
    failureOf(new RoomkeyError(code, 'Try `roomkey something`.'), logger).message;
  expect(failureOf(new RoomkeyError('RK_CAMERA_BUSY', 'It is busy.'), logger)).toEqual({
    code: 'RK_CAMERA_BUSY',
    message: 'It is busy.',
  });
  const codes: readonly ErrorCode[] = [
    'RK_IDENTITY_MISMATCH',
    'RK_IDENTITY_UNKNOWN',
    'RK_ROOM_NOT_FOUND',
  ];
  for (const code of codes) expect(said(code)).not.toContain('roomkey ');
});

test('the length limit of a name is given in letters', () => {
  const said = (code: ErrorCode): string =>
    failureOf(new RoomkeyError(code, 'It takes 70 bytes.'), logger).message;
  expect(said('RK_ACCOUNT_NAME_INVALID')).toContain('1 to 32 letters, fewer with accents');
  expect(said('RK_ROOM_NAME_INVALID')).toContain('1 to 64 letters, fewer with accents');
});

test('a changed person is named, with the identities to compare', () => {
  const person = { name: 'Ada', accepted: ['11'], pending: ['22'] };
  const error = new RoomkeyError('RK_IDENTITY_MISMATCH', 'Run `roomkey people accept`.');
  const failure = failureOf(Object.assign(error, { person }), logger);
  expect(failure.message).toContain('Ada');
  expect(failure.message).not.toContain('roomkey ');
  expect(failure.person).toEqual({ name: 'Ada', known: ['11'], shown: ['22'] });
});

test('an unaccepted user gets core’s sentence with their own fingerprint', () => {
  const message = 'Grace didn’t accept your fingerprint. Read it to them: 1111-2222.';
  const error = new RoomkeyError('RK_IDENTITY_UNACCEPTED', message);
  expect(failureOf(error, logger)).toEqual({ code: 'RK_IDENTITY_UNACCEPTED', message });
});

test('an unknown error is a bug, with the original as details', () => {
  expect(failureOf(new TypeError('x is undefined'), logger)).toEqual({
    code: 'unexpected',
    message: 'Something went wrong. Try again or restart Roomkey.',
    details: 'x is undefined',
  });
});

describe('a library’s message', () => {
  const details = (cause: unknown): string | undefined =>
    failureOf(new RoomkeyError('RK_STORAGE_IO', 'The disk is full.', { cause }), logger).details;

  test('is in the details, unchanged, and not in the sentence', () => {
    const cause = new Error('ENOSPC: no space left on device, write');
    const error = new RoomkeyError('RK_STORAGE_IO', 'The disk is full.', { cause });
    expect(failureOf(error, logger)).toEqual({
      code: 'RK_STORAGE_IO',
      message: 'The disk is full.',
      details: 'ENOSPC: no space left on device, write',
    });
  });

  test('is found behind Roomkey’s own errors, and in aggregates', () => {
    const inner = new RoomkeyError('RK_STORAGE_IO', 'Ours.', { cause: new Error('foreign') });
    expect(details(inner)).toBe('foreign');
    expect(details(new AggregateError([new Error('one'), inner], 'both'))).toBe(
      'both\none\nforeign',
    );
  });

  test('contains no password of a URL, nor input that a parser quotes', () => {
    expect(details(new Error('no camera at rtsp://admin:pa#ss@10.0.0.7/x'))).toBe(
      'no camera at rtsp://***@10.0.0.7/x',
    );
    expect(details(new SyntaxError('Unexpected token in "secret"'))).toBeUndefined();
  });

  test('has a maximum length', () => {
    expect(details(new Error('x'.repeat(5_000)))?.length).toBe(500);
    const circle = new Error('round');
    circle.cause = circle;
    expect(details(circle)).toBe('round');
  });
});
