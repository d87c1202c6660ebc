import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HostNotices } from '../../src/call/host-notices.js';
import { RefusalNotifier } from '../../src/call/refusal-notifier.js';
import { RoomkeyError } from '../../src/errors/index.js';
import { IdentityMismatchError } from '../../src/people/index.js';
import { next, phase, testIdentity, TestNetwork } from './test-network.js';

const failed = (): RoomkeyError => new RoomkeyError('RK_HANDSHAKE_FAILED', 'No.');

function refusals() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const told: string[] = [];
  const errors: Error[] = [];
  const all = new RefusalNotifier((error) => {
    errors.push(error);
    told.push(error.message);
  });
  return { all, told, errors };
}

describe('refusals', () => {
  it('of 10,000 strangers of as many addresses are five notices, with a count', () => {
    const { all, told } = refusals();
    for (let i = 0; i < 10_000; i += 1) all.add(failed(), `10.0.${i >> 8}.${i & 255}`);
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(5);
    expect(told[4]).toContain('9996 more times in the last minute, someone couldn’t join.');
  });

  it('of one address are reported once, then counted each minute, and reported again after a quiet minute', () => {
    const { all, told } = refusals();
    for (const expected of [1, 2]) {
      for (let i = 0; i < 100; i += 1) all.add(failed(), '10.0.0.1');
      vi.advanceTimersByTime(60_000);
      expect(told).toHaveLength(1 + expected);
    }
    expect(told.map((message) => message.split(' ')[0])).toEqual(['No.', '99', '100']);
    vi.advanceTimersByTime(60_000);
    all.add(failed(), '10.0.0.1');
    expect(told.at(-1)).toBe('No.');
  });

  it('of a peer that waits to be accepted are reported in full each minute, and not counted', () => {
    const person = { name: 'Ada', accepted: ['1'], pending: ['2'] };
    const changed = new IdentityMismatchError('Ada changed.', person);
    const { all, errors } = refusals();
    for (let minute = 0; minute < 3; minute += 1) {
      for (let i = 0; i < 30; i += 1) all.add(changed, 'ada');
      vi.advanceTimersByTime(60_000);
    }
    expect(errors).toEqual([changed, changed, changed]);
    // Too many for a notice each: the count comes with one of them.
    for (let i = 0; i < 6; i += 1) all.add(changed, `ada ${i}`);
    vi.advanceTimersByTime(60_000);
    expect(errors).toHaveLength(8);
    expect(errors[7]).toMatchObject({ code: 'RK_IDENTITY_MISMATCH', person });
    expect(errors[7]?.message).toMatch(/^2 more times .* Ada changed\.$/);
  });

  it('of calls that were stopped are reported for each identity, however many there are', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let count = 0;
    const notices = new HostNotices(() => (count += 1));
    const stop = (person: number): void =>
      notices.addStoppedCall(failed(), Uint8Array.of(person >> 8, person & 255));
    for (let person = 0; person < 1_000; person += 1) stop(person);
    expect(count).toBe(1_000);
    stop(7);
    expect(count).toBe(1_000);
    vi.advanceTimersByTime(60_000);
    stop(7);
    expect(count).toBe(1_001);
  });

  it('are not told after the end', () => {
    const { all, told } = refusals();
    for (let i = 0; i < 3; i += 1) all.add(failed(), '10.0.0.1');
    all.stop();
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(['No.']);
  });
});

describe('the host is told', () => {
  async function hosted(mode: 0 | 1) {
    const network = new TestNetwork(await testIdentity('Grace'), mode);
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const [address] = await network.locator.addresses();
    if (address === undefined) throw new Error('the host did not publish');
    const dialFrom = async (from: string, ...messages: Uint8Array[]): Promise<void> => {
      const connection = await network.memory.machine(from).dial(address);
      const over = new Promise<void>((resolve) =>
        connection.receive({ onMessage: () => undefined, onEnd: () => resolve() }),
      );
      for (const message of messages) connection.send([message]);
      if (messages.length === 0) void connection.close();
      await over;
    };
    const dial = (...messages: Uint8Array[]): Promise<void> => dialFrom('10.0.0.9', ...messages);
    return { network, host, dial, dialFrom };
  }

  it.each([0, 1] as const)(
    'no word of a password where there was no guess, mode %i',
    async (mode) => {
      const { host, dial } = await hosted(mode);
      const notice = next(host, 'notice');
      await dial(new TextEncoder().encode('GET / HTTP/1.1'));
      const { error } = await notice;
      expect(error).toMatchObject({ code: 'RK_HANDSHAKE_FAILED' });
      expect(error.message).toBe('Someone couldn’t join. What they sent couldn’t be verified.');
    },
  );

  it('of a program that is not Roomkey', async () => {
    const { host, dial } = await hosted(1);
    const notice = next(host, 'notice');
    await dial(new Uint8Array(2_000));
    expect((await notice).error.message).toContain('A program that isn’t Roomkey');
  });

  it('of a wrong password where that was it', async () => {
    const { network, host } = await hosted(1);
    const notice = next(host, 'notice');
    const passwordSecret = new Uint8Array(32).fill(8);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2', { passwordSecret });
    await guest.start();
    expect((await notice).error.message).toBe('Someone entered a wrong password.');
    await phase(guest, 'ended');
  });

  it('nothing of a port scan', async () => {
    const { host, dial } = await hosted(1);
    const notices: string[] = [];
    host.on('notice', ({ error }) => notices.push(error.message));
    await dial();
    const notice = next(host, 'notice');
    await dial(new TextEncoder().encode('hello'));
    await notice;
    expect(notices).toEqual(['Someone couldn’t join. What they sent couldn’t be verified.']);
  });

  it('of who waits to be accepted, whatever strangers do', async () => {
    const { network, host, dialFrom } = await hosted(1);
    const before = await testIdentity('Ada');
    await network.host.people.remember({ name: 'Ada', identity: before.identity.publicKey });
    const errors: Error[] = [];
    host.on('notice', ({ error }) => errors.push(error));
    for (const last of [91, 92, 93, 94]) await dialFrom(`10.0.0.${last}`, new Uint8Array([1]));
    await vi.waitFor(() => expect(errors).toHaveLength(4));
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await guest.start();
    await phase(guest, 'searching', (state) => state.lastPartner?.kind === 'unaccepted');
    expect(errors[4]).toMatchObject({ code: 'RK_IDENTITY_MISMATCH' });
  });
});
