/**
 * Imported by an app's process before the app: lets its parent process use its inspector, as DevTools
 * use that of a page.
 */
import { Session } from 'node:inspector';

/** A command of the DevTools protocol, and its answer. */
export interface InspectorCommand {
  readonly id: number;
  readonly method: string;
  readonly params: object;
}
export type InspectorAnswer =
  | { readonly id: number; readonly result: object }
  | { readonly id: number; readonly error: { readonly message: string } };

const session = new Session();
session.connect();
process.on('message', ({ id, method, params }: InspectorCommand) => {
  session.post(method, params, (error: Error | null, result: object = {}) => {
    const answer: InspectorAnswer =
      error === null ? { id, result } : { id, error: { message: error.message } };
    process.send?.(answer);
  });
});
