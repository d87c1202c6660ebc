/** What happens to units that cannot be sent at once. */
export type DeliveryPolicy =
  /** The newest wins: at most one unit waits. */
  | 'latest'
  /** Units do not wait for acknowledgements; those that are too old are dropped, oldest first. */
  | 'timed'
  /** Reliable and ordered; the writer waits. */
  | 'ordered';

/** Priority and delivery policy, in the order of sending. */
export const trafficClasses = {
  audio: { priority: 0, policy: 'timed' },
  messages: { priority: 1, policy: 'ordered' },
  video: { priority: 2, policy: 'latest' },
  files: { priority: 3, policy: 'ordered' },
} as const satisfies Record<string, { priority: number; policy: DeliveryPolicy }>;

export type TrafficClass = keyof typeof trafficClasses;
