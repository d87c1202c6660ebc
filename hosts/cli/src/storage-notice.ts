import type { Roomkey } from '@roomkey/core/host';
import type { Output } from './output.js';

/** Tells, while a command goes on, that the store went away and that it came back. */
export function tellOfStorage({ storage }: Roomkey, output: Output): void {
  storage.on('change', (state) => {
    const event = { event: 'storage', available: state.available };
    if (state.available) {
      if (output.json) output.result(event, '');
      output.note('The store answers again.');
      return;
    }
    const { code, message } = state.error;
    if (output.json) output.result({ ...event, code, message }, '');
    output.note(
      `warning: ${message} Calls go on, and rooms nearby are still found; the store is tried again.`,
    );
  });
}
