import { expect, it } from 'vitest';
import { phase, testIdentity, TestNetwork } from './test-network.js';

it('a new partner is shown to each side with their other names and with similar names', async () => {
  const network = new TestNetwork(await testIdentity('Grace'));
  const ada = await testIdentity('Ad\u0430');
  await network.host.people.remember({ name: 'Mallory', identity: ada.identity.publicKey });
  const known = (await testIdentity('Ada')).identity.publicKey;
  await network.host.people.remember({ name: 'Ada', identity: known });
  const [host, guest] = [network.hostCall('10.0.0.1'), network.guestCall(ada, '10.0.0.2')];
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
  await network.guestCall(ada, '10.0.0.2').start();
  const [again] = (await phase(host, 'live')).participants;
  expect(again).toMatchObject({ known: 'same' });
  expect(Object.keys(again)).not.toContain('looksLike');
});
