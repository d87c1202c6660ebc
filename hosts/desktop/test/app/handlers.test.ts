import { expect, test } from 'vitest';
import { RoomkeyError, type SignedIn } from '@roomkey/core/host';
import { createHandlers, type AppParts } from '../../src/app/handlers.js';
import type { PageSession } from '../../src/app/page-session.js';
import type { Method, Settings } from '../../src/messages/index.js';

const id = 'ab'.repeat(16);
const guest = 'cd'.repeat(32);
const ada = { name: 'Ada' } as SignedIn;
const page = {} as unknown as PageSession;

/** The parts of an app, which log their calls. */
function setup() {
  const journal: string[] = [];
  const asked =
    (what: string, result?: unknown) =>
    (...given: unknown[]): Promise<unknown> => {
      const shown = given.map((one) => (one === ada ? 'Ada' : one === page ? 'page' : one));
      journal.push(`${what} ${JSON.stringify(shown)}`);
      return Promise.resolve(result);
    };
  const world = {
    signedIn: ada as SignedIn | undefined,
    goesOn: false,
    written: Promise.resolve(),
    settings: { theme: 'light' } as Settings,
  };
  const handlers = createHandlers({
    roomkey: {
      refresh: asked('refresh'),
      rooms: {
        create: asked('create', { id, name: 'Lab' }),
        remove: asked('remove room'),
        forget: asked('forget'),
      },
      people: () => ({ accept: asked('accept', 'ff00') }),
      service: () => ({ devices: asked('devices', [{ id: '0', label: 'Front' }]) }),
    },
    account: {
      get signedIn() {
        return world.signedIn;
      },
      require: () => ada,
      create: asked('sign up'),
      signIn: asked('sign in'),
      signOut: asked('sign out'),
      changePassword: asked('change password'),
      remove: asked('remove account'),
    },
    rooms: { unlock: asked('unlock'), restart: asked('restart') },
    calls: {
      requireNone: (room?: string) => {
        void asked('no call?')(room);
        if (world.goesOn) throw new RoomkeyError('RK_CALL_OPEN', 'there is one');
      },
      join: asked('join'),
      leave: asked('leave'),
      startCamera: asked('start camera'),
      stopCamera: asked('stop camera'),
      letIn: asked('let in'),
      decline: asked('decline'),
      keepWaiting: asked('keep waiting'),
      requestKeyFrame: asked('key frame'),
      startScreen: asked('start screen'),
      stopScreen: asked('stop screen'),
      setVisible: asked('visible'),
      refreshDevices: asked('refresh devices'),
    },
    settings: {
      get current() {
        return world.settings;
      },
      set: (changes: Partial<Settings>) => {
        world.settings = { ...world.settings, ...changes };
        return world.written;
      },
    },
    pages: { emit: asked('emit'), activate: asked('activate') },
  } as unknown as AppParts);
  const run = (method: Method, params: object): Promise<unknown> =>
    handlers[method](params as never, page);
  return { world, journal, run };
}

test.for<[Method, object, string[], unknown?]>([
  ['account.create', { name: 'Ada', password: 'p' }, ['sign up ["Ada","p"]']],
  ['account.signIn', { name: 'Ada', password: 'p' }, ['sign in ["Ada","p",null]']],
  ['account.signOut', {}, ['sign out []']],
  [
    'account.changePassword',
    { oldPassword: 'old', newPassword: 'new' },
    ['change password ["old","new"]'],
  ],
  ['account.remove', { password: 'p' }, ['no call? [null]', 'remove account ["p"]']],
  ['rooms.create', { name: 'Lab' }, ['create ["Ada","Lab",{"password":false}]'], { id }],
  [
    'rooms.create',
    { name: 'Lab', password: '' },
    ['create ["Ada","Lab",{"password":false}]'],
    { id },
  ],
  [
    'rooms.create',
    { name: 'Lab', password: 'sesame' },
    ['create ["Ada","Lab",{"password":true}]', `unlock ["${id}","sesame"]`],
    { id },
  ],
  ['rooms.refresh', {}, ['refresh []', 'restart ["Ada"]']],
  ['rooms.remove', { id }, [`no call? ["${id}"]`, `remove room ["Ada","${id}"]`]],
  ['rooms.forget', { id }, [`forget ["Ada","${id}"]`]],
  ['call.join', { id, password: 'sesame' }, [`join ["${id}","sesame"]`]],
  ['call.wait', {}, ['keep waiting []']],
  ['call.letIn', { id: guest }, [`let in ["${guest}"]`]],
  ['call.decline', { id: guest }, [`decline ["${guest}"]`]],
  ['call.startCamera', {}, ['start camera []']],
  ['call.startScreen', { deviceId: 'screen' }, ['start screen ["screen"]']],
  ['call.stopScreen', {}, ['stop screen []']],
  ['call.setVisible', { visible: false }, ['visible [false]']],
  ['call.stopCamera', {}, ['stop camera []']],
  ['call.requestKeyFrame', { track: 'screen' }, ['key frame ["screen"]']],
  ['call.leave', { deleteRoom: true }, ['leave [true]']],
  ['people.accept', { name: 'Grace', fingerprint: 'ff00' }, ['accept ["Grace","ff00"]']],
  ['camera.devices', {}, ['devices []'], [{ id: '0', label: 'Front' }]],
  ['page.activate', {}, ['activate ["page"]']],
])('%s %j calls the app and returns its result', async ([method, params, expected, result]) => {
  const { journal, run } = setup();
  expect(await run(method, params)).toEqual(result);
  expect(journal).toEqual(expected);
});

test('a new room’s password is forgotten if the user signs out in the meantime', async () => {
  const { world, journal, run } = setup();
  const made = run('rooms.create', { name: 'Lab', password: 'sesame' });
  world.signedIn = undefined;
  expect(await made).toEqual({ id });
  expect(journal).toEqual(['create ["Ada","Lab",{"password":true}]']);
});

test.for<[Method, object]>([
  ['rooms.remove', { id }],
  ['account.remove', { password: 'p' }],
])('%s is refused during a call', async ([method, params]) => {
  const { world, journal, run } = setup();
  world.goesOn = true;
  await expect(run(method, params)).rejects.toMatchObject({ code: 'RK_CALL_OPEN' });
  expect(journal).toEqual([expect.stringContaining('no call?')]);
});

test('a setting applies at once, and a failure to write it is reported', async () => {
  const { world, journal, run } = setup();
  const full = new RoomkeyError('RK_STORAGE_IO', 'the disk is full');
  world.written = Promise.reject(full);
  await expect(run('settings.set', { theme: 'dark' })).rejects.toBe(full);
  expect(journal).toEqual([
    'emit [{"event":"settings","settings":{"theme":"dark"}}]',
    'refresh devices []',
  ]);
});
