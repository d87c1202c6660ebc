/**
 * The content security policy rejects plain strings as script URLs. This policy allows workers from
 * this page's own origin, including those of page modules. `default` is the policy that the browser
 * applies to every plain string.
 */
export function trustOwnScripts(): void {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypePolicyFactory };
  trustedTypes?.createPolicy('default', {
    createScriptURL: (address) =>
      new URL(address, location.href).origin === location.origin ? address : undefined,
  });
}

/** The part that is used; TypeScript's DOM types lack it. https://w3c.github.io/trusted-types */
interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string | undefined },
  ): unknown;
}
