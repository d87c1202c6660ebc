import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { FieldError } from '../form.js';
import { Icon } from './icon.js';

/** More is pasted by mistake. Two of them, however they are escaped, fit into a text for the app. */
const MAX_LENGTH = 4096;
const tooLong = `That has more than ${MAX_LENGTH.toLocaleString('en')} characters, and none of it was taken. Type it again, shorter.`;

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autocomplete: string;
  /** Shown beside the field; the field gets the focus when one comes. */
  readonly error?: FieldError | undefined;
  readonly hint?: ComponentChildren;
  readonly autofocus?: boolean;
}

/** A line of text with its label, hint and error. */
export function TextField(props: FieldProps) {
  return <Field {...props} type="text" />;
}

/** A password, which can be shown. */
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
  // An error is heard once: in the field that has the focus as news, in another with the focus that
  // goes there, as its description. Which of the two is known before it comes.
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
          // JSX's types know each type of input by itself, and no choice of two.
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
            // All or nothing: a password that was cut would be another one, and nobody would know.
            if (typed.length > MAX_LENGTH) currentTarget.value = value;
            else onInput(typed);
            // Nobody means what stands there still, and a form is not sent with it.
            currentTarget.setCustomValidity(typed.length > MAX_LENGTH ? tooLong : '');
          }}
        />
        {children}
      </div>
      {/* There from the start: a region that comes with its text is not read. */}
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
