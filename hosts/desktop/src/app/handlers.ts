import { AudioDevices, Camera, type Roomkey } from '@roomkey/core/host';
import type { Method, ParamsOf, Results } from '../messages/index.js';
import type { CallController } from './call-controller.js';
import type { CurrentAccount } from './current-account.js';
import type { MicrophoneTest } from './microphone-test.js';
import type { PageSession } from './page-session.js';
import type { Pages } from './pages.js';
import type { RoomFeed } from './room-feed.js';
import type { SettingsFile } from './settings-file.js';

export interface AppParts {
  readonly roomkey: Roomkey;
  readonly account: CurrentAccount;
  readonly rooms: RoomFeed;
  readonly calls: CallController;
  readonly settings: SettingsFile;
  readonly microphoneTest: MicrophoneTest;
  readonly pages: Pages;
}

/** Handles one method. */
type Handler<M extends Method> = M extends keyof Results
  ? (params: ParamsOf<M>, page: PageSession) => Promise<Results[M]>
  : (params: ParamsOf<M>, page: PageSession) => Promise<void>;

/** Creates the request handlers. */
export function createHandlers(app: AppParts): { readonly [M in Method]: Handler<M> } {
  const { roomkey, account, rooms, calls, settings, microphoneTest, pages } = app;
  const set = async (changes: ParamsOf<'settings.set'>): Promise<void> => {
    const written = settings.set(changes);
    pages.emit({ event: 'settings', settings: settings.current });
    calls.refreshDevices();
    await written;
  };
  return {
    'account.create': ({ name, password }) => account.create(name, password),
    'account.signIn': ({ name, password, newIdentity }) =>
      account.signIn(name, password, newIdentity),
    'account.signOut': () => account.signOut(),
    'account.changePassword': ({ oldPassword, newPassword }) =>
      account.changePassword(oldPassword, newPassword),
    'account.remove': async ({ password }) => {
      calls.requireNone();
      await account.remove(password);
    },
    'rooms.create': async ({ name, password = '' }) => {
      const owner = account.require();
      const { id } = await roomkey.rooms.create(owner, name, { password: password !== '' });
      // The store may be slow: skip it if the account has signed out in the meantime.
      if (password !== '' && account.signedIn === owner) rooms.unlock(id, password);
      return { id };
    },
    'rooms.refresh': async () => {
      await roomkey.refresh();
      await rooms.restart(account.signedIn);
    },
    'rooms.remove': async ({ id }) => {
      calls.requireNone(id);
      await roomkey.rooms.remove(account.require(), id);
    },
    'rooms.forget': async ({ id }) => {
      await roomkey.rooms.forget(account.require(), id);
    },
    'call.join': ({ id, password }) => calls.join(id, password),
    'call.wait': () => {
      calls.keepWaiting();
      return Promise.resolve();
    },
    'call.letIn': ({ id }) => calls.letIn(id),
    'call.decline': ({ id }) => calls.decline(id),
    'call.startCamera': () => calls.startCamera(),
    'call.stopCamera': () => calls.stopCamera(),
    'call.startScreen': ({ deviceId }) => calls.startScreen(deviceId),
    'call.stopScreen': () => calls.stopScreen(),
    'call.startMicrophone': async () => {
      await Promise.all([calls.startMicrophone(), set({ microphone: true })]);
    },
    'call.stopMicrophone': async () => {
      await Promise.all([calls.stopMicrophone(), set({ microphone: false })]);
    },
    'call.setMuted': ({ muted }) => {
      calls.setMuted(muted);
      return Promise.resolve();
    },
    'call.startSpeaker': () => calls.startSpeaker(),
    'call.requestKeyFrame': ({ track }) => {
      calls.requestKeyFrame(track);
      return Promise.resolve();
    },
    'call.setVisible': ({ visible }) => {
      calls.setVisible(visible);
      return Promise.resolve();
    },
    'call.leave': ({ deleteRoom }) => calls.leave(deleteRoom),
    'people.accept': async ({ name, fingerprint }) => {
      await roomkey.people(account.require()).accept(name, fingerprint);
    },
    'camera.devices': () => roomkey.service(Camera).devices(),
    'audio.devices': async () => {
      const audio = roomkey.service(AudioDevices);
      const [inputs, outputs] = await Promise.all([audio.inputs(), audio.outputs()]);
      // The sound of a screen is sent with the screen.
      return { inputs: inputs.filter(({ kind }) => kind !== 'screen'), outputs };
    },
    'audio.startTest': () => microphoneTest.start(),
    'audio.stopTest': () => microphoneTest.stop(),
    'settings.set': set,
    'page.activate': (_, page) => {
      pages.activate(page);
      return Promise.resolve();
    },
  };
}
