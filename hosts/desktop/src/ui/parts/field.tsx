import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { FieldError } from '../form.js';
import { Icon } from './icon.js';

/**
 * Longer input is pasted by mistake. Two such values fit into one message to the app, however they
 * are escaped.
 */
const MAX_LENGTH = 4096;
const tooLong = `That has more than ${MAX_LENGTH.toLocaleString('en')} characters, and none of it was taken. Type it again, shorter.`;

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autocomplete: string;
  /** Shown beside the field, which gets the focus when an error appears. */
  readonly error?: FieldError | undefined;
  readonly hint?: ComponentChildren;
  readonly autofocus?: boolean;
}

/** A text field with label, hint and error. */
export function TextField(props: FieldProps) {
  return <Field {...props} type="text" />;
}

/** A password field that can show its value. */
export function PasswordField(props: FieldProps) {
  const [isShown, setShown] = useState(false);
  const label = isShown ? 'Hide password' : 'Show password';
  return (
    <Field {...props} type={isShown ? 'text' : 'password'}>
      <button
        type="button"
        class="field-button"
        aria-label={label}
        title={label}
        onClick={() => setShown(!isShown)}
      >
        <Icon name={isShown ? 'eye-off' : 'eye'} size={18} />
      </button>
    </Field>
  );
}

function Field({
  label,
  value,
  onInput,
  autocomplete,
  error,
  hint,
  autofocus,
  type,
  children,
}: FieldProps & { readonly type: 'text' | 'password'; readonly children?: ComponentChildren }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isTooLong, setTooLong] = useState(false);
  const message = isTooLong ? tooLong : error?.message;
  // Announce an error once: as live text if the field has the focus, otherwise through the
  // description when the field gets the focus. Which one applies must be known before the error
  // appears.
  const [isNews, setNews] = useState(false);
  const updateNews = (): void => {
    if (message === undefined) setNews(document.activeElement === input.current);
  };
  useEffect(() => {
    updateNews();
    if (error !== undefined) input.current?.focus();
  }, [message]);
  const described = [message !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <input
          ref={input}
          id={id}
          // JSX types accept each input type, but no union of two.
          {...({ type } as { type: 'password' })}
          value={value}
          dir="auto"
          autofocus={autofocus ?? false}
          autocomplete={autocomplete}
          spellcheck={false}
          aria-invalid={message !== undefined}
          aria-describedby={described.filter(Boolean).join(' ') || undefined}
          onFocus={updateNews}
          onBlur={updateNews}
          onInput={({ currentTarget }) => {
            const typed = currentTarget.value;
            setTooLong(typed.length > MAX_LENGTH);
            error?.clear();
            // All or nothing: a truncated password would silently be a different one.
            if (typed.length > MAX_LENGTH) currentTarget.value = value;
            else onInput(typed);
            // The old value is not what the user meant: block submitting it.
            currentTarget.setCustomValidity(typed.length > MAX_LENGTH ? tooLong : '');
          }}
        />
        {children}
      </div>
      {/* Always present: a live region that appears with its text is not read. */}
      <div class="field-news" aria-live={isNews ? 'assertive' : 'off'}>
        {message !== undefined && (
          <p id={`${id}-error`} class="field-error">
            <Icon name="warning" size={16} />
            <span>{message}</span>
          </p>
        )}
      </div>
      {hint !== undefined && (
        <div id={`${id}-hint`} class="field-hint">
          {hint}
        </div>
      )}
    </div>
  );
}
