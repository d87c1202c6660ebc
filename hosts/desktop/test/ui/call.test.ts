import { describe, expect, test } from 'vitest';
import type { StatisticsView } from '../../src/messages/index.js';
import { formatBitRate, ratesOf } from '../../src/ui/call/rates.js';
import { endText, statusLine, waitingText, windowTitle } from '../../src/ui/call/state-text.js';
import { call, counts, failure, knocks, live, openRoom, ownRoom } from './examples.js';

const view = (...of: Parameters<typeof call>) => call(...of).call!;

describe('state texts', () => {
  test('say who is missing, and how they left', () => {
    const lastPartner = { name: 'Jonas', kind: 'left' } as const;
    const title = (kind: 'left' | 'lost'): string =>
      waitingText({ phase: 'waiting', lastPartner: { ...lastPartner, kind } }, ownRoom).title;
    expect(title('left')).toBe('\u2068Jonas\u2069 left');
    expect(title('lost')).toBe('Reconnecting to \u2068Jonas\u2069…');
  });

  test('say who doesn’t recognize the user, and what to do, during every attempt', () => {
    const lastPartner = { name: 'Jonas', kind: 'unaccepted' } as const;
    const guest = waitingText({ phase: 'searching', lastPartner }, ownRoom);
    expect(guest).toEqual({
      title: '\u2068Jonas\u2069 doesn’t recognize you yet',
      text: 'Read this fingerprint to \u2068Jonas\u2069 by phone. You’ll join when they accept it.',
    });
    const host = waitingText({ phase: 'waiting', lastPartner }, ownRoom);
    expect(host.title).toBe(guest.title);
    expect(host.text).toContain('They can join once they accept it.');
  });

  test('name the unaccepted identity when the call ends', () => {
    const end = { kind: 'failed', failure: failure('RK_IDENTITY_UNACCEPTED', 'No.') } as const;
    expect(endText(end, ownRoom)).toEqual({
      title: '\u2068Marta Lindqvist\u2069 doesn’t recognize you',
      text: 'No.',
    });
  });

  test('mention the password only if the room has one', () => {
    expect(waitingText({ phase: 'waiting' }, ownRoom).text).toContain('password');
    expect(waitingText({ phase: 'waiting' }, openRoom).text).not.toContain('password');
  });

  test('suggest the password if the handshake failed in a room that has one', () => {
    const end = { kind: 'failed', failure: failure('RK_HANDSHAKE_FAILED', 'No.') } as const;
    expect(endText(end, ownRoom)).toEqual({ title: 'The password did not fit', text: 'No.' });
    expect(endText(end, openRoom).title).toBe('The other side could not be verified');
  });

  test('say who has to let a guest in, and who did not', () => {
    const { title, text } = waitingText({ phase: 'knocking', name: 'Grace' }, openRoom);
    expect(title).toBe('Waiting for \u2068Grace\u2069 to let you in');
    expect(text).toContain('nothing of your camera or screen yet');
    const declined = failure('RK_ROOM_DECLINED', 'Grace didn’t let you in.');
    const room = { ...openRoom, owner: 'Grace', mine: false };
    expect(endText({ kind: 'failed', failure: declined }, room)).toEqual({
      title: '\u2068Grace\u2069 didn’t let you in',
      text: 'You can ask again in 10 minutes.',
    });
  });

  test('say who wants to join, before anything else', () => {
    const knocked = view({ phase: 'waiting' }, { room: openRoom, knocks });
    expect(statusLine(knocked)).toBe('\u2068Dora\u2069 wants to join');
    expect(windowTitle(knocked)).toBe('\u2068Dora\u2069 wants to join – Workshop – Roomkey');
  });

  test('form the window title', () => {
    expect(windowTitle(null)).toBe('Roomkey');
    expect(windowTitle(view(live))).toBe('Jonas – Roomkey');
    const waiting = view({ phase: 'waiting' }, { room: ownRoom });
    expect(windowTitle(waiting)).toBe(`${statusLine(waiting)} – Workshop – Roomkey`);
  });
});

describe('rates', () => {
  const after = (times: number): StatisticsView =>
    counts({
      sent: { sent: 30 * times, bytes: 125_000 * times },
      received: { units: 15 * times, bytes: 250_000 * times },
    });

  test('are the difference between two samples per second', () => {
    const rates = ratesOf(
      [
        { at: 3_000, counts: after(3) },
        { at: 1_000, counts: after(1) },
      ],
      'camera',
    );
    expect(rates).toEqual({
      sent: { fps: 30, bitsPerSecond: 1_000_000 },
      received: { fps: 15, bitsPerSecond: 2_000_000 },
    });
  });

  test('are unknown from one sample, or from two of the same moment', () => {
    expect(ratesOf([], 'camera')).toBeUndefined();
    expect(ratesOf([{ at: 1, counts: after(1) }], 'camera')).toBeUndefined();
    const twice = [after(2), after(1)].map((one) => ({ at: 1, counts: one }));
    expect(ratesOf(twice, 'camera')).toBeUndefined();
  });

  test('are never negative', () => {
    const rates = ratesOf(
      [
        { at: 2_000, counts: after(0) },
        { at: 1_000, counts: after(5) },
      ],
      'camera',
    );
    expect(rates?.sent).toEqual({ fps: 0, bitsPerSecond: 0 });
  });

  test('count the received units of one track, and the sent bytes of both', () => {
    const screen = (times: number): StatisticsView => {
      const { sent, received } = after(times);
      return {
        sent: { ...sent, screen: { ...sent.screen, bytes: 50_000 * times } },
        received: { ...received, screen: { units: 5 * times, bytes: 1_000 * times } },
      };
    };
    const samples = [
      { at: 2_000, counts: screen(2) },
      { at: 1_000, counts: screen(1) },
    ];
    expect(ratesOf(samples, 'screen')).toEqual({
      sent: { fps: 30, bitsPerSecond: 1_400_000 },
      received: { fps: 5, bitsPerSecond: 8_000 },
    });
  });

  test.for([
    [0, '0 kbit/s'],
    [640_400, '640 kbit/s'],
    [999_600, '1.0 Mbit/s'],
    [12_345_678, '12.3 Mbit/s'],
  ] as const)('format %d bit/s as %s', ([bits, text]) => {
    expect(formatBitRate(bits)).toBe(text);
  });
});
