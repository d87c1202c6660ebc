import type { z } from 'zod';
import './validation-messages.js';

/** A path in a configuration and the problem there. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Formats a path: `services.storage.firstOf[0].use`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`,
    )
    .join('');
}

/**
 * Flattens zod's issues. Of a union it keeps only the branch that was probably meant: "matches none
 * of five forms" helps no one.
 */
export function flattenIssues(
  issues: readonly z.core.$ZodIssue[],
  above: readonly PropertyKey[] = [],
): ConfigIssue[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code !== 'invalid_union') return [{ path, message: issue.message }];
    const meant = issue.errors
      .filter((branch) => !branch.some(isWrongTypeHere))
      .sort((a, b) => unlikeliness(a) - unlikeliness(b))[0];
    return meant === undefined ? [{ path, message: issue.message }] : flattenIssues(meant, path);
  });
}

function isWrongTypeHere(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

/** How much a union branch differs from the input: missing and unknown keys; typos count half. */
function unlikeliness(branch: readonly z.core.$ZodIssue[]): number {
  return branch
    .filter((issue) => issue.path.length <= 1)
    .reduce((sum, issue) => sum + (issue.message.includes('did you mean') ? 0.5 : 1), 0);
}
