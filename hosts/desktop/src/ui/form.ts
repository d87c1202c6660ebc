import type { FailureView, Method } from '../messages/index.js';
import { useRequest, type RequestHandle } from './context.js';

/** A form's request. Its failure is shown beside a field or above all fields. */
export interface Form<M extends Method, Field extends string> extends RequestHandle<M> {
  /** Failure of the last request, if no field shows it. */
  readonly failure: FailureView | undefined;
  readonly errors: Readonly<Partial<Record<Field, FieldError>>>;
}

/** A field's error, shown until the user types. */
export interface FieldError {
  readonly message: string;
  readonly clear: () => void;
}

/**
 * A form's request.
 *
 * @param fields error codes that each field shows
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
