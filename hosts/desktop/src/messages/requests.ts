import { z } from 'zod';
import type { CameraDevice } from '@roomkey/core/host';
import { settingsSchema } from './settings.js';

const nothing = z.strictObject({});
/** However long: what a person can paste is answered, and only a text of 64 KiB is a breach. */
const text = z.string();
const roomId = z.string().regex(/^[0-9a-f]{32}$/);

/**
 * What a page can ask for, by method. The rules of names and passwords are core's: here only what no
 * page of ours sends is refused.
 */
export const requestSchemas = {
  'account.create': z.strictObject({ name: text, password: text }),
  /** `newIdentity`: although the account is not, or may not be, the one that was used here before. */
  'account.signIn': z.strictObject({
    name: text,
    password: text,
    newIdentity: z.boolean().optional(),
  }),
  'account.signOut': nothing,
  'account.changePassword': z.strictObject({ oldPassword: text, newPassword: text }),
  /** Deletes who is signed in, with its rooms. */
  'account.remove': z.strictObject({ password: text }),
  'rooms.create': z.strictObject({ name: text, password: text.optional() }),
  'rooms.refresh': nothing,
  'rooms.remove': z.strictObject({ id: roomId }),
  /** Forgets that one was in it. */
  'rooms.forget': z.strictObject({ id: roomId }),
  'call.join': z.strictObject({ id: roomId, password: text.optional() }),
  /** A host that left is waited for as long as the person stays. */
  'call.wait': nothing,
  /** `deviceId`: in place of the one in the settings, which stays chosen. */
  'call.startCamera': z.strictObject({ deviceId: settingsSchema.shape.deviceId }),
  'call.stopCamera': nothing,
  'call.requestKeyFrame': nothing,
  'call.leave': z.strictObject({ deleteRoom: z.boolean() }),
  /** `fingerprint`: what was compared; another one that was shown meanwhile is not accepted. */
  'people.accept': z.strictObject({ name: text, fingerprint: z.string().max(64) }),
  'camera.devices': nothing,
  /** What is left out stays; `deviceId` null: none is chosen any more. */
  'settings.set': settingsSchema.partial().extend({
    deviceId: settingsSchema.shape.deviceId.nullable(),
  }),
  /** This page takes the app over from another one. */
  'page.activate': nothing,
} as const satisfies Record<string, z.ZodType>;

export type Method = keyof typeof requestSchemas;
export type ParamsOf<M extends Method> = z.infer<(typeof requestSchemas)[M]>;

/** What the app answers; methods that are not named here answer with nothing. */
export interface Results {
  /** The id of the room that was made. */
  'rooms.create': { readonly id: string };
  'camera.devices': readonly CameraDevice[];
}
export type ResultOf<M extends Method> = M extends keyof Results ? Results[M] : null;

/** A request: text from the page to the app. */
export const requestSchema = z.strictObject({
  /** The answer bears the same. */
  id: z.int().min(0),
  method: z.enum(Object.keys(requestSchemas) as [Method, ...Method[]]),
  params: z.unknown(),
});

/** The first text that a page sends: what it can show, so that the peers agree on codecs. */
export const helloSchema = z.strictObject({
  hello: z.strictObject({ codecs: z.array(z.enum(['jpeg', 'h264', 'vp8'])).max(3) }),
});
export type Hello = z.infer<typeof helloSchema>;
