import { passwordStrength, type Strength } from './password-strength.js';

const words: Record<Strength, { readonly name: string; readonly advice: string }> = {
  weak: {
    name: 'Weak',
    advice: 'Anyone nearby can try passwords: use three words or more.',
  },
  fair: { name: 'Fair', advice: 'One or two more words make it strong.' },
  strong: { name: 'Strong', advice: 'This one is hard to guess.' },
};

/** Shows a password's strength in words and as a bar. */
export function PasswordMeter({ password }: { readonly password: string }) {
  if (password === '') return null;
  const strength = passwordStrength(password);
  const { name, advice } = words[strength];
  return (
    <div class={`meter ${strength}`} role="status">
      <span class="meter-bar" aria-hidden="true">
        <span />
        <span />
        <span />
      </span>
      <p>
        <strong>{name}.</strong> {advice}
      </p>
    </div>
  );
}
