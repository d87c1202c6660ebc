import { describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { GuessLimit } from '../../src/call/guess-limit.js';
import type { CallState } from '../../src/call/state.js';
import { fingerprint } from '../../src/people/index.js';
import { deferred } from '../../src/util/deferred.js';
import {
  phase,
  hasTransportMode,
  testIdentity,
  TestNetwork,
  type TestIdentity,
} from './test-network.js';

/** Grace hosts, and knows an Ada by an identity that she does not have any more. */
async function withStranger() {
  const network = new TestNetwork(await testIdentity('Grace'));
  const before = await testIdentity('Ada');
  await network.host.people.remember({ name: 'Ada', identity: before.identity.publicKey });
  const host = network.hostCall('10.0.0.1');
  await host.start();
  return { network, host, ada: await testIdentity('Ada') };
}

/** Where a call was, in order; with why the last partner is gone. */
function journal(call: Call): string[] {
  const steps: string[] = [];
  call.on('state', (state) => {
    steps.push('lastPartner' in state ? `${state.phase}: ${state.lastPartner.kind}` : state.phase);
  });
  return steps;
}

function noticesOf(call: Call): Error[] {
  const errors: Error[] = [];
  call.on('notice', ({ error }) => errors.push(error));
  return errors;
}

const isUnaccepted = (state: CallState): boolean =>
  'lastPartner' in state && state.lastPartner.kind === 'unaccepted';

/** How often the host verified this identity. */
function counted({ people }: TestIdentity, { identity }: TestIdentity): { readonly tries: number } {
  const require = vi.spyOn(people, 'verify');
  const { publicKey } = identity;
  const isTheirs = ([person]: Parameters<typeof people.verify>): boolean =>
    fingerprint(person.identity) === fingerprint(publicKey);
  return {
    get tries() {
      return require.mock.calls.filter(isTheirs).length;
    },
  };
}

/** Has all guests that wait to be accepted try once more, each with its pause and its limit. */
async function tryAgain({ clock }: TestNetwork, guests = 1): Promise<void> {
  await vi.waitFor(() => expect(clock.pendingTimers).toBe(2 * guests));
  clock.advance(2_000);
}

describe('a guest that the host knows by a different identity', () => {
  it('is told so once, goes on trying, and gets in when it is accepted', async () => {
    const { network, host, ada } = await withStranger();
    const guesses = new GuessLimit();
    const guest = network.guestCall(ada, '10.0.0.2', { guesses });
    const steps = { host: journal(host), guest: journal(guest) };
    const notices = { host: noticesOf(host), guest: noticesOf(guest) };
    const ofAda = counted(network.host, ada);
    await guest.start();
    expect(await phase(guest, 'searching', isUnaccepted)).toEqual({
      phase: 'searching',
      lastPartner: { name: 'Grace', kind: 'unaccepted' },
    });
    for (let tries = 1; tries <= 3; tries += 1) {
      await vi.waitFor(() => expect(ofAda.tries).toBe(tries));
      await tryAgain(network);
    }
    expect(steps.host).toEqual([]);
    expect(notices.host).toMatchObject([
      { code: 'RK_IDENTITY_MISMATCH', person: { pending: [fingerprint(ada.identity.publicKey)] } },
    ]);
    await vi.waitFor(() => expect(network.clock.pendingTimers).toBe(2));
    await network.host.people.accept('Ada', fingerprint(ada.identity.publicKey));
    await tryAgain(network);
    await Promise.all([
      phase(guest, 'live', hasTransportMode),
      phase(host, 'live', hasTransportMode),
    ]);
    // Never shown as there before, and nothing of the tries.
    expect(steps).toEqual({
      host: ['live', 'live'],
      guest: ['searching', 'connecting', 'searching: unaccepted', 'live', 'live'],
    });
    expect(host.state).toMatchObject({ participants: [{ name: 'Ada', known: 'new' }] });
    expect(notices.host).toHaveLength(1);
    expect(notices.guest).toEqual([]);
    expect(network.fullUpdates).toEqual([true]);
    // The host showed each time that it knows the password, so no try was a guess at it.
    for (let count = 0; count < 2; count += 1) guesses.add();
    expect(guesses.isSuspicious).toBe(false);
  });

  it('is one of three: each waits, is told to the host, and only the accepted one gets in', async () => {
    const { network, host, ada } = await withStranger();
    const others = [await testIdentity('Ada'), await testIdentity('Ada')];
    const notices = noticesOf(host);
    const guests = [ada, ...others].map((one, index) =>
      network.guestCall(one, `10.0.0.${2 + index}`),
    );
    await Promise.all(guests.map((guest) => guest.start()));
    await Promise.all(guests.map((guest) => phase(guest, 'searching', isUnaccepted)));
    expect(notices).toHaveLength(3);
    await network.host.people.accept('Ada', fingerprint(ada.identity.publicKey));
    await tryAgain(network, 3);
    await phase(guests[0]!, 'live', hasTransportMode);
    expect(host.state).toMatchObject({ participants: [{ identity: ada.identity.publicKey }] });
    for (const guest of guests.slice(1)) expect(guest.state.phase).not.toBe('live');
  });

  it('keeps no one else out while its identity is verified', async () => {
    const { network, host, ada } = await withStranger();
    const { people } = network.host;
    const require = people.verify.bind(people);
    const [looking, seen] = [deferred<undefined>(), deferred<undefined>()];
    vi.spyOn(people, 'verify').mockImplementation(async (person) => {
      if (person.name === 'Ada') {
        looking.resolve(undefined);
        await seen.promise;
      }
      return await require(person);
    });
    const stranger = network.guestCall(ada, '10.0.0.2');
    await stranger.start();
    await looking.promise;
    const bob = network.guestCall(await testIdentity('Bob'), '10.0.0.3');
    await bob.start();
    await phase(bob, 'live', hasTransportMode);
    seen.resolve(undefined);
    await phase(stranger, 'searching', isUnaccepted);
    expect(host.state).toMatchObject({ phase: 'live', participants: [{ name: 'Bob' }] });
  });

  it.each(['host', 'guest'] as const)(
    'is refused if the %s meets a different person with this name at the same moment',
    async (role) => {
      const network = new TestNetwork(await testIdentity('Grace'));
      const ada = await testIdentity('Ada');
      const { people } = role === 'host' ? network.host : ada;
      const remember = people.remember.bind(people);
      vi.spyOn(people, 'remember').mockImplementationOnce(async (person) => {
        const other = await testIdentity(person.name);
        await remember({ name: person.name, identity: other.identity.publicKey });
        await remember(person);
      });
      const host = network.hostCall('10.0.0.1');
      await host.start();
      const guest = network.guestCall(ada, '10.0.0.2');
      await guest.start();
      if (role === 'host') await phase(guest, 'searching', isUnaccepted);
      else {
        expect(await phase(guest, 'ended')).toMatchObject({
          end: { kind: 'failed', error: { code: 'RK_IDENTITY_MISMATCH' } },
        });
      }
      await phase(host, 'waiting');
    },
  );

  it('may leave meanwhile', async () => {
    const { network, ada } = await withStranger();
    const guest = network.guestCall(ada, '10.0.0.2');
    await guest.start();
    await phase(guest, 'searching', isUnaccepted);
    await guest.leave();
    expect(guest.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
    expect(await ada.people.list()).toEqual([]);
    await vi.waitFor(() => expect(network.memory.size).toBe(0));
    expect(network.clock.pendingTimers).toBe(0);
  });

  it('waits on where the host leaves, and gets in when it is back', async () => {
    const { network, host, ada } = await withStranger();
    const guest = network.guestCall(ada, '10.0.0.2');
    const steps = journal(guest);
    await guest.start();
    await phase(guest, 'searching', isUnaccepted);
    await network.host.people.accept('Ada');
    await host.leave();
    await network.hostCall('10.0.0.9').start();
    await tryAgain(network);
    await phase(guest, 'live', hasTransportMode);
    expect(steps.slice(2)).toEqual(['searching: unaccepted', 'live', 'live']);
  });

  it('is told after ten minutes what to do', async () => {
    const { network, host, ada } = await withStranger();
    const guest = network.guestCall(ada, '10.0.0.2');
    await guest.start();
    await phase(guest, 'searching', isUnaccepted);
    // The wait has a limit, and keepWaiting does not remove it.
    guest.keepWaiting();
    await host.leave();
    network.clock.advance(10 * 60_000 - 1);
    expect(guest.state).toMatchObject({ lastPartner: { kind: 'unaccepted' } });
    network.clock.advance(1);
    const { end } = await phase(guest, 'ended');
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'RK_IDENTITY_UNACCEPTED' } });
    const own = fingerprint(ada.identity.publicKey);
    expect(end).toMatchObject({
      error: {
        message: `Grace didn’t accept your fingerprint within 10 minutes. Read it to them by phone, then join again: ${own}`,
      },
    });
  });
});

describe('a host that the guest knows by a different identity', () => {
  it('is told so by its state alone, and the guest gets in once it has accepted', async () => {
    const ada = await testIdentity('Ada');
    const before = await testIdentity('Grace');
    await ada.people.remember({ name: 'Grace', identity: before.identity.publicKey });
    const network = new TestNetwork(await testIdentity('Grace'));
    const host = network.hostCall('10.0.0.1');
    await host.start();
    const notices = noticesOf(host);
    const steps = journal(host);
    const guest = network.guestCall(ada, '10.0.0.2');
    await guest.start();
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_IDENTITY_MISMATCH', person: { name: 'Grace' } } },
    });
    expect(await phase(host, 'waiting', isUnaccepted)).toMatchObject({
      lastPartner: { name: 'Ada', kind: 'unaccepted' },
    });
    await ada.people.accept('Grace');
    const again = network.guestCall(ada, '10.0.0.2');
    await again.start();
    await Promise.all([
      phase(again, 'live', hasTransportMode),
      phase(host, 'live', hasTransportMode),
    ]);
    expect(notices).toEqual([]);
    expect(steps.filter((step) => step.startsWith('waiting'))).toEqual(['waiting: unaccepted']);
  });
});
