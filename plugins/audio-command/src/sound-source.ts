/** Sound that is there whenever it is asked for: a file, a tone, silence. */
export interface SoundSource {
  /**
   * Fills `samples` with the next ones, 48 kHz mono, −1…1.
   *
   * @param capturedAt the time of the first of them, ms since 1970
   */
  read(samples: Float32Array, capturedAt: number): void | Promise<void>;
  /** Gives it back. Called once, never during a read. */
  close(): Promise<void>;
}

export const silence: SoundSource = {
  read: (samples) => void samples.fill(0),
  close: () => Promise.resolve(),
};
