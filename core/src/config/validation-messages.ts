import { z } from 'zod';

/** Roomkey's own sentences for values that a schema refuses, which follow a path and a colon. */
export function validationMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `missing; must be ${aOrAn(issue.expected)}`
        : `must be ${aOrAn(issue.expected)}`;
    case 'too_big':
      return `must ${amount('at most', issue.maximum, issue.origin)}`;
    case 'too_small':
      return `must ${amount('at least', issue.minimum, issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${JSON.stringify(key)} is unknown here`).join('; ');
    case 'invalid_union':
      return 'has none of the forms that are possible here';
    default:
      return undefined;
  }
}

function aOrAn(type: string): string {
  const name = type === 'int' ? 'integer' : type;
  return `${/^(?:array|int|object)/.test(name) ? 'an' : 'a'} ${name}`;
}

function amount(bound: string, limit: number | bigint, origin: string): string {
  const one = origin === 'string' ? 'character' : 'entry';
  const many = origin === 'string' ? 'characters' : 'entries';
  if (origin !== 'string' && origin !== 'array') return `be ${bound} ${limit}`;
  return `have ${bound} ${limit} ${Number(limit) === 1 ? one : many}`;
}

z.config({ customError: validationMessage });
