import { useEffect, useState } from 'preact/hooks';
import type { FailureView, ResultOf } from '../../messages/index.js';
import { useRequest } from '../context.js';

/** The available cameras, as far as known. */
export interface Devices {
  /** Undefined until they are known, and if they cannot be listed. */
  readonly devices: ResultOf<'camera.devices'> | undefined;
  /** Why they cannot be listed. */
  readonly failure: FailureView | undefined;
}

/** Lists the cameras, again when `key` changes and when one is connected or removed. */
export function useDevices(key: string): Devices {
  const { run, failure } = useRequest('camera.devices', 'sent');
  const [devices, setDevices] = useState<Devices['devices']>();
  useEffect(() => {
    let asked = 0;
    const ask = async (): Promise<void> => {
      asked += 1;
      const number = asked;
      const found = await run({});
      // An older answer may arrive later.
      if (number === asked) setDevices(found);
    };
    const onChange = (): void => void ask();
    onChange();
    navigator.mediaDevices.addEventListener('devicechange', onChange);
    return () => {
      asked = -1;
      navigator.mediaDevices.removeEventListener('devicechange', onChange);
    };
  }, [key, run]);
  return { devices, failure };
}
