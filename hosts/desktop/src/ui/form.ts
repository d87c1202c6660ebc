import type { FailureView, Method } from '../messages/index.js';
import { useRequest, type RequestHandle } from './context.js';

/** A request that a form makes, with its failure where it belongs: beside a field, or above them. */
export interface Form<M extends Method, Field extends string> extends RequestHandle<M> {
  /** Why the last one failed, where no field shows it. */
  readonly failure: FailureView | undefined;
  readonly errors: Readonly<Partial<Record<Field, FieldError>>>;
}

/** What a field shows until somebody types in it. */
export interface FieldError {
  readonly message: string;
  readonly clear: () => void;
}

/**
 * A request that a form makes.
 *
 * @param fields the codes of the failures that each field shows
 */
export function useForm<M extends Method, Field extends string>(
  method: M,
  fields: Readonly<Record<Field, readonly FailureView['code'][]>>,
): Form<M, Field> {
  const request = useRequest(method);
  const { failure, clear } = request;
  const field = (Object.keys(fields) as Field[]).find(
    (one) => failure !== undefined && fields[one].includes(failure.code),
  );
  const errors: Partial<Record<Field, FieldError>> = {};
  if (failure === undefined || field === undefined) return { ...request, errors };
  errors[field] = { message: failure.message, clear };
  return { ...request, failure: undefined, errors };
}
