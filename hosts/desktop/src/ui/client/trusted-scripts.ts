/**
 * The content security policy takes no string where a script's address is wanted. This page's own
 * files may be workers, those of the plugins' halves among them; nothing else becomes a script.
 * `default` is the name of the policy that the browser asks for every plain string.
 */
export function trustOwnScripts(): void {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypePolicyFactory };
  trustedTypes?.createPolicy('default', {
    createScriptURL: (address) =>
      new URL(address, location.href).origin === location.origin ? address : undefined,
  });
}

/** As much of it as is used; TypeScript's DOM does not know it. https://w3c.github.io/trusted-types */
interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string | undefined },
  ): unknown;
}
