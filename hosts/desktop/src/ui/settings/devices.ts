import { useEffect, useState } from 'preact/hooks';
import type { FailureView } from '../../messages/index.js';

/** A list of devices, as far as known. */
export interface Devices<List> {
  /** Undefined until they are known, and if they cannot be listed. */
  readonly devices: List | undefined;
  /** Why they cannot be listed. */
  readonly failure: FailureView | undefined;
}

/** A request for a list of devices. */
interface ListRequest<List> {
  readonly run: (params: Record<string, never>) => Promise<List | undefined>;
  readonly failure: FailureView | undefined;
}

/**
 * Lists devices, again when `key` changes and when one is connected or removed.
 *
 * @param request for the list, sent also before an earlier answer
 */
export function useDevices<List>({ run, failure }: ListRequest<List>, key: string): Devices<List> {
  const [devices, setDevices] = useState<List>();
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
