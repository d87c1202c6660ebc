import { useState } from 'preact/hooks';
import { useUi } from '../context.js';
import { useForm } from '../form.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { PasswordField, TextField } from '../parts/field.js';
import { Icon, Mark } from '../parts/icon.js';
import { FallbackBanner } from '../rooms/fallback-banner.js';

const words = {
  promises: [
    'Works on your own network, with the Internet cut.',
    'No server, nothing to register.',
    'Every picture is sealed for the person you talk to.',
  ],
  create: {
    title: 'Create your account',
    lead: 'A name that others see, and a password. No one asks for your e-mail or telephone.',
    action: 'Create account',
    busy: 'Making your key…',
    other: 'Have an account already?',
    switch: 'Sign in',
  },
  signIn: {
    title: 'Welcome back',
    lead: 'Sign in with the name and the password that you chose.',
    action: 'Sign in',
    busy: 'Checking your password…',
    other: 'New here?',
    switch: 'Create an account',
  },
};

const fields = {
  name: ['RK_ACCOUNT_NAME_INVALID', 'RK_ACCOUNT_EXISTS'],
  password: ['RK_ACCOUNT_PASSWORD_INVALID', 'RK_ACCOUNT_REFUSED'],
} as const;

/** Shown while no one is signed in: signs in, or creates an account. */
export function Welcome() {
  const { lastAccount } = useUi().state;
  const [mode, setMode] = useState<'create' | 'signIn'>(
    lastAccount === undefined ? 'create' : 'signIn',
  );
  const [name, setName] = useState(lastAccount ?? '');
  const [password, setPassword] = useState('');
  const create = useForm('account.create', fields);
  const signIn = useForm('account.signIn', fields);
  const form = mode === 'create' ? create : signIn;
  const text = words[mode];
  const isKnown = mode === 'signIn' && lastAccount !== undefined;
  const isReplaced = form.failure?.code === 'RK_ACCOUNT_REPLACED';
  const isDoubtful = isReplaced || form.failure?.ownAccountUnreadable === true;
  /** A warning about one account must not be confirmed for another. */
  const edit =
    (set: (value: string) => void) =>
    (value: string): void => {
      set(value);
      if (isDoubtful) form.clear();
    };
  const change = (): void => {
    form.clear();
    // A new account needs a new name.
    if (name === (isKnown ? lastAccount : '')) setName(isKnown ? '' : (lastAccount ?? ''));
    setMode(mode === 'create' ? 'signIn' : 'create');
  };

  return (
    <main class="welcome">
      <section class="welcome-story">
        <p class="brand">
          <Mark size={36} />
          <span>Roomkey</span>
        </p>
        <h1>Face to face, and no one in between.</h1>
        <ul>
          {words.promises.map((promise) => (
            <li key={promise}>
              <Icon name="check" />
              {promise}
            </li>
          ))}
        </ul>
      </section>
      <form
        class="welcome-form"
        noValidate
        aria-labelledby="welcome-title"
        onSubmit={(event) => {
          event.preventDefault();
          if (event.currentTarget.checkValidity()) void form.run({ name, password });
        }}
      >
        <div>
          <h2 id="welcome-title">{text.title}</h2>
          <p class="muted">{text.lead}</p>
        </div>
        <FallbackBanner />
        <FailureBanner failure={form.failure} />
        {isDoubtful && (
          <Button onClick={() => void signIn.run({ name, password, newIdentity: true })}>
            {isReplaced ? 'Sign in with the new one' : 'Sign in anyway'}
          </Button>
        )}
        <TextField
          key={`${mode}-name`}
          label="Name"
          value={name}
          onInput={edit(setName)}
          autocomplete="username"
          autofocus={!isKnown}
          error={form.errors.name}
        />
        <PasswordField
          key={`${mode}-password`}
          label="Password"
          value={password}
          onInput={edit(setPassword)}
          autocomplete={mode === 'create' ? 'new-password' : 'current-password'}
          autofocus={isKnown}
          error={form.errors.password}
          {...(mode === 'create' && {
            hint: 'At least 8 characters. It cannot be recovered: keep it somewhere safe.',
          })}
        />
        <Button kind="primary" type="submit" isBusy={form.isPending}>
          {form.isPending ? text.busy : text.action}
        </Button>
        <p class="welcome-switch">
          {text.other}{' '}
          <button type="button" class="link" onClick={change}>
            {text.switch}
          </button>
        </p>
      </form>
    </main>
  );
}
