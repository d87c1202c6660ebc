import { useEffect, useState } from 'preact/hooks';
import type { ResultOf } from '../../messages/index.js';
import { useRequest } from '../context.js';

/** The cameras that are there, asked for when `key` changes; undefined until it is known. */
export function useDevices(key: string): ResultOf<'camera.devices'> | undefined {
  const { run } = useRequest('camera.devices');
  const [devices, setDevices] = useState<ResultOf<'camera.devices'>>();
  useEffect(() => {
    let isWanted = true;
    void run({}).then((found) => {
      if (isWanted) setDevices(found ?? []);
    });
    return () => {
      isWanted = false;
    };
  }, [key, run]);
  return devices;
}
