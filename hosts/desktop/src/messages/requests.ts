import { z } from 'zod';
import type { AudioDevice, CameraDevice } from '@roomkey/core/host';
import { videoCodecNames, videoKinds } from '@roomkey/core/wire';
import { settingsSchema } from './settings.js';

const nothing = z.strictObject({});
/**
 * No length limit: anything that a user can paste gets an answer. Only a message above 64 KiB is a
 * protocol violation.
 */
const text = z.string();
const roomId = z.string().regex(/^[0-9a-f]{32}$/);
const knockId = z.string().regex(/^\d{1,9}$/);

/**
 * Parameters of the requests, by method. Core validates names and passwords; these schemas only
 * reject what Roomkey's own page never sends.
 */
export const requestSchemas = {
  'account.create': z.strictObject({ name: text, password: text }),
  /** `newIdentity`: sign in even if the account changed on this computer, or cannot be checked. */
  'account.signIn': z.strictObject({
    name: text,
    password: text,
    newIdentity: z.boolean().optional(),
  }),
  'account.signOut': nothing,
  'account.changePassword': z.strictObject({ oldPassword: text, newPassword: text }),
  /** Deletes the signed-in account and its rooms. */
  'account.remove': z.strictObject({ password: text }),
  'rooms.create': z.strictObject({ name: text, password: text.optional() }),
  'rooms.refresh': nothing,
  'rooms.remove': z.strictObject({ id: roomId }),
  /** Forgets the visit to this room. */
  'rooms.forget': z.strictObject({ id: roomId }),
  'call.join': z.strictObject({ id: roomId, password: text.optional() }),
  /** Keeps waiting for a host that left, without a time limit. */
  'call.wait': nothing,
  'call.letIn': z.strictObject({ id: knockId }),
  /** This person cannot ask again for ten minutes. */
  'call.decline': z.strictObject({ id: knockId }),
  'call.startCamera': nothing,
  'call.stopCamera': nothing,
  /** `deviceId`: a device of the kind `screen`. */
  'call.startScreen': z.strictObject({ deviceId: z.string().min(1).max(1024) }),
  'call.stopScreen': nothing,
  /** Starts the microphone, now and with the next calls. */
  'call.startMicrophone': nothing,
  /** Gives the microphone back, and leaves it off in the next calls. */
  'call.stopMicrophone': nothing,
  /** Mutes the microphone, also one that starts later in this call. */
  'call.setMuted': z.strictObject({ muted: z.boolean() }),
  /** Tries a loudspeaker again that failed. */
  'call.startSpeaker': nothing,
  /** The participant's track cannot be decoded. */
  'call.requestKeyFrame': z.strictObject({ track: z.enum(videoKinds) }),
  /** Whether the window shows anything of the participants. */
  'call.setVisible': z.strictObject({ visible: z.boolean() }),
  'call.leave': z.strictObject({ deleteRoom: z.boolean() }),
  /** `fingerprint`: the compared one. A fingerprint shown in the meantime is not accepted. */
  'people.accept': z.strictObject({ name: text, fingerprint: z.string().max(64) }),
  'camera.devices': nothing,
  'audio.devices': nothing,
  /** Opens the microphone without a call, for its `levels`. */
  'audio.startTest': nothing,
  'audio.stopTest': nothing,
  /** Omitted settings stay as they are. `null` resets the choice of a device. */
  'settings.set': settingsSchema.partial().extend({
    deviceId: settingsSchema.shape.deviceId.nullable(),
    microphoneId: settingsSchema.shape.microphoneId.nullable(),
    speakerId: settingsSchema.shape.speakerId.nullable(),
  }),
  /** Makes this page the active one. */
  'page.activate': nothing,
} as const satisfies Record<string, z.ZodType>;

export type Method = keyof typeof requestSchemas;
export type ParamsOf<M extends Method> = z.infer<(typeof requestSchemas)[M]>;

/** Results by method; other methods answer `null`. */
export interface Results {
  /** Id of the new room. */
  'rooms.create': { readonly id: string };
  'camera.devices': readonly CameraDevice[];
  'audio.devices': {
    readonly inputs: readonly AudioDevice[];
    readonly outputs: readonly AudioDevice[];
  };
}
export type ResultOf<M extends Method> = M extends keyof Results ? Results[M] : null;

/** A request, sent as text from the page to the app. */
export const requestSchema = z.strictObject({
  /** Repeated in the answer. */
  id: z.int().min(0),
  method: z.enum(Object.keys(requestSchemas) as [Method, ...Method[]]),
  params: z.unknown(),
});

/**
 * The first message of a page: the codecs that it can show, for the negotiation with the partner.
 */
export const helloSchema = z.strictObject({
  hello: z.strictObject({ codecs: z.array(z.enum(videoCodecNames)).max(videoCodecNames.length) }),
});
export type Hello = z.infer<typeof helloSchema>;
