// Parts of the platform that TypeScript's DOM types lack.

/** In a worklet (Web Audio, section 1.32). */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new () => AudioWorkletProcessor & {
    process(inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean;
  },
): void;

/** The choice of a loudspeaker (Web Audio, section 1.2). */
interface AudioContext {
  setSinkId(id: string): Promise<void>;
}

/** Vite bundles the file alone, and this is its address. */
declare module '*?worker&url' {
  const address: string;
  export default address;
}
