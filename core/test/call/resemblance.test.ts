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
  const [ofHost] = (await phase(host, 'live')).participants;
  expect(ofHost).toMatchObject({
    known: 'new',
    alsoKnownAs: ['Mallory'],
    looksLike: ['Ada'],
  });
  const [ofGuest] = (await phase(guest, 'live')).participants;
  expect(ofGuest).toMatchObject({ name: 'Grace', known: 'new' });
  expect(Object.keys(ofGuest)).not.toContain('alsoKnownAs');
  expect(Object.keys(ofGuest)).not.toContain('looksLike');

  // Once met, it is that name.
  await guest.leave();
  await phase(host, 'waiting');
  await stage.guestCall(ada, '10.0.0.2').start();
  const [again] = (await phase(host, 'live')).participants;
  expect(again).toMatchObject({ known: 'same' });
  expect(Object.keys(again)).not.toContain('looksLike');
});
