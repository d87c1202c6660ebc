import { describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/call/call.js';
import { GuessLimit } from '../../src/call/guess-limit.js';
import type { CallState } from '../../src/call/state.js';
import { fingerprint } from '../../src/people/index.js';
import { deferred } from '../../src/util/deferred.js';
import { phase, routed, someone, Stage, type Someone } from './two-people.js';

/** Grace hosts, and knows an Ada by an identity that she does not have any more. */
async function withStranger() {
  const stage = new Stage(await someone('Grace'));
  const before = await someone('Ada');
  await stage.host.people.remember({ name: 'Ada', identity: before.identity.publicKey });
  const host = stage.hostCall('10.0.0.1');
  await host.start();
  return { stage, host, ada: await someone('Ada') };
}

/** Where a call was, in order; of an absence what it is. */
function journal(call: Call): string[] {
  const steps: string[] = [];
  call.on('state', (state) => {
    steps.push('absence' in state ? `${state.phase}: ${state.absence.kind}` : state.phase);
  });
  return steps;
}

function noticesOf(call: Call): Error[] {
  const errors: Error[] = [];
  call.on('notice', ({ error }) => errors.push(error));
  return errors;
}

const isUnaccepted = (state: CallState): boolean =>
  'absence' in state && state.absence.kind === 'unaccepted';

/** How often the host was asked whether it recognises somebody of this identity. */
function counted({ people }: Someone, { identity }: Someone): { readonly tries: number } {
  const require = vi.spyOn(people, 'require');
  const { publicKey } = identity;
  const isTheirs = ([person]: Parameters<typeof people.require>): boolean =>
    fingerprint(person.identity) === fingerprint(publicKey);
  return {
    get tries() {
      return require.mock.calls.filter(isTheirs).length;
    },
  };
}

/** Has all guests that wait to be accepted try once more, each with its pause and its limit. */
async function tryAgain({ clock }: Stage, guests = 1): Promise<void> {
  await vi.waitFor(() => expect(clock.pendingTimers).toBe(2 * guests));
  clock.advance(2_000);
}

describe('a guest whom the host knows by another identity', () => {
  it('is told so once, goes on trying, and gets in when it is accepted', async () => {
    const { stage, host, ada } = await withStranger();
    const guesses = new GuessLimit();
    const guest = stage.guestCall(ada, '10.0.0.2', { guesses });
    const steps = { host: journal(host), guest: journal(guest) };
    const notices = { host: noticesOf(host), guest: noticesOf(guest) };
    const ofAda = counted(stage.host, ada);
    await guest.start();
    expect(await phase(guest, 'searching', isUnaccepted)).toEqual({
      phase: 'searching',
      absence: { name: 'Grace', kind: 'unaccepted' },
    });
    for (let tries = 1; tries <= 3; tries += 1) {
      await vi.waitFor(() => expect(ofAda.tries).toBe(tries));
      await tryAgain(stage);
    }
    expect(steps.host).toEqual([]);
    expect(notices.host).toMatchObject([
      { code: 'RK_PERSON_CHANGED', person: { pending: [fingerprint(ada.identity.publicKey)] } },
    ]);
    await vi.waitFor(() => expect(stage.clock.pendingTimers).toBe(2));
    await stage.host.people.accept('Ada', fingerprint(ada.identity.publicKey));
    await tryAgain(stage);
    await Promise.all([phase(guest, 'live', routed), phase(host, 'live', routed)]);
    // Never shown as there before, and nothing of the tries.
    expect(steps).toEqual({
      host: ['live', 'live'],
      guest: ['searching', 'connecting', 'searching: unaccepted', 'live', 'live'],
    });
    expect(host.state).toMatchObject({ participants: [{ name: 'Ada', known: 'new' }] });
    expect(notices.host).toHaveLength(1);
    expect(notices.guest).toEqual([]);
    expect(stage.fullness).toEqual([true]);
    // The host showed each time that it knows the password, so no try was a guess at it.
    for (let count = 0; count < 2; count += 1) guesses.add();
    expect(guesses.isSuspicious).toBe(false);
  });

  it('is one of three: each waits, is told to the host, and only the accepted one gets in', async () => {
    const { stage, host, ada } = await withStranger();
    const others = [await someone('Ada'), await someone('Ada')];
    const notices = noticesOf(host);
    const guests = [ada, ...others].map((one, index) =>
      stage.guestCall(one, `10.0.0.${2 + index}`),
    );
    await Promise.all(guests.map((guest) => guest.start()));
    await Promise.all(guests.map((guest) => phase(guest, 'searching', isUnaccepted)));
    expect(notices).toHaveLength(3);
    await stage.host.people.accept('Ada', fingerprint(ada.identity.publicKey));
    await tryAgain(stage, 3);
    await phase(guests[0]!, 'live', routed);
    expect(host.state).toMatchObject({ participants: [{ identity: ada.identity.publicKey }] });
    for (const guest of guests.slice(1)) expect(guest.state.phase).not.toBe('live');
  });

  it('keeps nobody else out while it is looked at', async () => {
    const { stage, host, ada } = await withStranger();
    const { people } = stage.host;
    const require = people.require.bind(people);
    const [looking, seen] = [deferred<undefined>(), deferred<undefined>()];
    vi.spyOn(people, 'require').mockImplementation(async (person) => {
      if (person.name === 'Ada') {
        looking.resolve(undefined);
        await seen.promise;
      }
      return await require(person);
    });
    const stranger = stage.guestCall(ada, '10.0.0.2');
    await stranger.start();
    await looking.promise;
    const bob = stage.guestCall(await someone('Bob'), '10.0.0.3');
    await bob.start();
    await phase(bob, 'live', routed);
    seen.resolve(undefined);
    await phase(stranger, 'searching', isUnaccepted);
    expect(host.state).toMatchObject({ phase: 'live', participants: [{ name: 'Bob' }] });
  });

  it.each(['host', 'guest'] as const)(
    'is refused where the %s met somebody else by the name in the same moment',
    async (role) => {
      const stage = new Stage(await someone('Grace'));
      const ada = await someone('Ada');
      const { people } = role === 'host' ? stage.host : ada;
      const remember = people.remember.bind(people);
      vi.spyOn(people, 'remember').mockImplementationOnce(async (person) => {
        const other = await someone(person.name);
        await remember({ name: person.name, identity: other.identity.publicKey });
        await remember(person);
      });
      const host = stage.hostCall('10.0.0.1');
      await host.start();
      const guest = stage.guestCall(ada, '10.0.0.2');
      await guest.start();
      if (role === 'host') await phase(guest, 'searching', isUnaccepted);
      else {
        expect(await phase(guest, 'ended')).toMatchObject({
          end: { kind: 'failed', error: { code: 'RK_PERSON_CHANGED' } },
        });
      }
      await phase(host, 'waiting');
    },
  );

  it('may leave meanwhile', async () => {
    const { stage, ada } = await withStranger();
    const guest = stage.guestCall(ada, '10.0.0.2');
    await guest.start();
    await phase(guest, 'searching', isUnaccepted);
    await guest.leave();
    expect(guest.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
    expect(await ada.people.list()).toEqual([]);
    await vi.waitFor(() => expect(stage.network.size).toBe(0));
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('waits on where the host leaves, and gets in when it is back', async () => {
    const { stage, host, ada } = await withStranger();
    const guest = stage.guestCall(ada, '10.0.0.2');
    const steps = journal(guest);
    await guest.start();
    await phase(guest, 'searching', isUnaccepted);
    await stage.host.people.accept('Ada');
    await host.leave();
    await stage.hostCall('10.0.0.9').start();
    await tryAgain(stage);
    await phase(guest, 'live', routed);
    expect(steps.slice(2)).toEqual(['searching: unaccepted', 'live', 'live']);
  });

  it('is told after ten minutes what to do', async () => {
    const { stage, host, ada } = await withStranger();
    const guest = stage.guestCall(ada, '10.0.0.2');
    await guest.start();
    await phase(guest, 'searching', isUnaccepted);
    // The wait is for as long as it takes to reach somebody, and nothing makes it endless.
    guest.keepWaiting();
    await host.leave();
    stage.clock.advance(10 * 60_000 - 1);
    expect(guest.state).toMatchObject({ absence: { kind: 'unaccepted' } });
    stage.clock.advance(1);
    const { end } = await phase(guest, 'ended');
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'RK_PERSON_UNACCEPTED' } });
    const own = fingerprint(ada.identity.publicKey);
    expect(end).toMatchObject({
      error: {
        message: `Grace didn’t accept your fingerprint within 10 minutes. Read it to them by phone, then join again: ${own}`,
      },
    });
  });
});

describe('a host whom the guest knows by another identity', () => {
  it('is told so by its state alone, and the guest gets in once it has accepted', async () => {
    const ada = await someone('Ada');
    const before = await someone('Grace');
    await ada.people.remember({ name: 'Grace', identity: before.identity.publicKey });
    const stage = new Stage(await someone('Grace'));
    const host = stage.hostCall('10.0.0.1');
    await host.start();
    const notices = noticesOf(host);
    const steps = journal(host);
    const guest = stage.guestCall(ada, '10.0.0.2');
    await guest.start();
    expect(await phase(guest, 'ended')).toMatchObject({
      end: { kind: 'failed', error: { code: 'RK_PERSON_CHANGED', person: { name: 'Grace' } } },
    });
    expect(await phase(host, 'waiting', isUnaccepted)).toMatchObject({
      absence: { name: 'Ada', kind: 'unaccepted' },
    });
    await ada.people.accept('Grace');
    const again = stage.guestCall(ada, '10.0.0.2');
    await again.start();
    await Promise.all([phase(again, 'live', routed), phase(host, 'live', routed)]);
    expect(notices).toEqual([]);
    expect(steps.filter((step) => step.startsWith('waiting'))).toEqual(['waiting: unaccepted']);
  });
});
