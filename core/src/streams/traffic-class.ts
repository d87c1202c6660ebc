/** What becomes of units that cannot be sent at once. */
export type DeliveryPolicy =
  /** The newest wins: at most one unit waits. */
  | 'latest'
  /** Everything goes out at once; what grows too old is dropped, oldest first. */
  | 'timed'
  /** Reliable and ordered; the writer waits. */
  | 'ordered';

/** Whose turn it is, and how units are delivered. In the order in which they go out. */
export const trafficClasses = {
  audio: { priority: 0, policy: 'timed' },
  messages: { priority: 1, policy: 'ordered' },
  video: { priority: 2, policy: 'latest' },
  files: { priority: 3, policy: 'ordered' },
} as const satisfies Record<string, { priority: number; policy: DeliveryPolicy }>;

export type TrafficClass = keyof typeof trafficClasses;
