import type { FailureView } from '../messages/index.js';
import type { SoundDevice } from './sound-controller.js';

const nouns: Readonly<Record<SoundDevice, string>> = {
  microphone: 'microphone',
  speaker: 'loudspeaker',
};

/** A call goes on without sound. */
export const missingBoth: FailureView = {
  code: 'RK_AUDIO_NOT_FOUND',
  message:
    'No microphone and no loudspeaker found. You can still see each other. Connect a headset to talk.',
};

/**
 * A call goes on with another device than before.
 *
 * @param deviceId the chosen device
 * @param failure why that is not used
 */
export function goesOn(
  device: SoundDevice,
  deviceId: string | undefined,
  { code }: FailureView,
): FailureView {
  const noun = nouns[device];
  const name = deviceId === undefined ? `Your ${noun}` : `“${deviceId}”`;
  const what = code === 'RK_AUDIO_LOST' ? 'was disconnected' : 'isn’t connected';
  return { code, message: `${name} ${what}. The call goes on with the default ${noun}.` };
}
