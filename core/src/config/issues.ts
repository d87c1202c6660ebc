import type { z } from 'zod';

/** A place in a configuration and what is wrong there. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** `services.storage.firstOf[0].use`, as people point at it. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`,
    )
    .join('');
}

/**
 * Issues as a list for people. Of a union only the form that was probably meant is spoken of, since
 * nobody can use "matches none of five forms".
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

/** How little a form looks like what was written: keys too many or missing; typos count half. */
function unlikeliness(branch: readonly z.core.$ZodIssue[]): number {
  return branch
    .filter((issue) => issue.path.length <= 1)
    .reduce((sum, issue) => sum + (issue.message.includes('did you mean') ? 0.5 : 1), 0);
}
