/** A plugin whose devices tests control: machines find theirs by the `name` of their configuration. */
import { z } from 'zod';
import { AudioDevices, definePlugin, type AudioDevice } from '@roomkey/core';
import { MemoryAudioDevices } from '@roomkey/core/conformance';

/** In-memory sound whose devices a test connects and unplugs. */
export class TestAudio extends MemoryAudioDevices {
  readonly inputList: AudioDevice[];
  readonly outputList: AudioDevice[];

  constructor(inputs: AudioDevice[], outputs: AudioDevice[]) {
    super(inputs, outputs);
    this.inputList = inputs;
    this.outputList = outputs;
  }

  /** Takes away the devices of this name; what is open ends. */
  unplug(id: string): void {
    for (const list of [this.inputList, this.outputList]) {
      list.splice(0, list.length, ...list.filter((device) => device.id !== id));
    }
    this.disconnect();
  }
}

/** The sound of machines by name. */
export const audioOf = new Map<string, TestAudio>();

/** Devices of these names, for both ends. */
export function testAudio(...names: readonly string[]): TestAudio {
  const devices = (): AudioDevice[] => names.map((id) => ({ id, label: id }));
  return new TestAudio(devices(), devices());
}

export default definePlugin({
  name: 'memory-audio',
  apiVersion: '1.0',
  provides: AudioDevices,
  configSchema: z.strictObject({ name: z.string() }),
  create: (_context, { name }): AudioDevices => audioOf.get(name) ?? testAudio(),
});
