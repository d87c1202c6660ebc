import type { Roomkey } from '@roomkey/core/host';
import type { Output } from './output.js';

/** Prints when the store becomes unreachable, and when it is back, while a command runs. */
export function reportStorage({ storage }: Roomkey, output: Output): void {
  storage.on('change', (state) => {
    const event = { event: 'storage', available: state.available };
    if (state.available) {
      if (output.json) output.result(event, '');
      output.note('The store is back.');
      return;
    }
    const { code, message } = state.error;
    if (output.json) output.result({ ...event, code, message }, '');
    output.note(
      `warning: ${message} Calls continue, and Roomkey still finds rooms on this network. It will try the store again.`,
    );
  });
}
