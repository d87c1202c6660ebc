import type { CallView, ParticipantView } from '../../messages/index.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { unattendedText } from './state-text.js';
import { PersonMarks, FingerprintDetails } from './person.js';

/**
 * Who the partner is, and how to verify it. A known identity is only the same as before: Roomkey
 * cannot know whether the two people ever compared words.
 */
export function Trust({
  participant,
  room,
}: {
  readonly participant: ParticipantView;
  readonly room: CallView['room'];
}) {
  const { name, words } = participant;
  const isKnown = participant.known === 'same';
  return (
    <section class="side-card" aria-label="Who you talk to">
      <h2>
        <Name>{name}</Name>
      </h2>
      <PersonMarks person={participant} met="Same identity as before" />
      {participant.unattended === true && (
        <p class="trust-note">
          <Icon name="eye-off" size={16} /> {unattendedText(name)}
        </p>
      )}
      <h3 id="trust-words">{room.password ? 'Words you both see' : 'Words to compare'}</h3>
      <ol class="words" aria-labelledby="trust-words">
        {words.map((word, index) => (
          // Words can repeat, so the key is the position.
          <li key={index}>{word}</li>
        ))}
      </ol>
      <p class="muted small">{meaning(room.password, isKnown)}</p>
      <FingerprintDetails person={participant} />
    </section>
  );
}

/** The text about what a comparison of the words proves. */
function meaning(hasPassword: boolean, isKnown: boolean): string {
  if (hasPassword)
    return 'Both of you have shown that you know the room’s password: you need not compare these.';
  if (isKnown) {
    return 'Roomkey does not know whether you ever compared words. If you did, no one is in between now either. If not, compare these, by telephone or face to face, and leave if they differ.';
  }
  return 'Compare them by telephone or face to face. The same words on both sides: no one is in between. Other words: someone is, so leave.';
}
