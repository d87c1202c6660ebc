import { expect, it } from 'vitest';
import { phase, someone, Stage } from './two-people.js';

it('a partner who is new says who else they are, and whom their name looks like, to each side', async () => {
  const stage = new Stage(await someone('Grace'));
  const ada = await someone('Ad\u0430');
  await stage.host.people.remember({ name: 'Mallory', identity: ada.identity.publicKey });
  const known = (await someone('Ada')).identity.publicKey;
  await stage.host.people.remember({ name: 'Ada', identity: known });
  const [host, guest] = [stage.hostCall('10.0.0.1'), stage.guestCall(ada, '10.0.0.2')];
  await host.start();
  await guest.start();
  const { partner } = await phase(host, 'live');
  expect(partner).toMatchObject({
    known: 'new',
    alsoKnownAs: ['Mallory'],
    looksLike: ['Ada'],
  });
  expect(Object.keys((await phase(guest, 'live')).partner)).toEqual(['identity', 'name', 'known']);

  // Once met, it is that name.
  await guest.leave();
  await phase(host, 'waiting');
  await stage.guestCall(ada, '10.0.0.2').start();
  expect(Object.keys((await phase(host, 'live')).partner)).not.toContain('looksLike');
});
