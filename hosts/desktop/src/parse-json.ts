/** Parses untrusted JSON; `undefined`, which JSON cannot encode, if it is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
