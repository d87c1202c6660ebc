import { useEffect, useId, useState } from 'preact/hooks';

/** The values of a choice, with their labels. */
export type Options<T> = readonly (readonly [value: T, label: string])[];

/** Selects one of a few values. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: Options<T>;
  readonly onChange: (value: T) => void;
}) {
  const id = useId();
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find(([one]) => one === event.currentTarget.value);
          if (chosen !== undefined) onChange(chosen[0]);
        }}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A value on a scale up to 100, in steps of 5. */
export function Slider({
  label,
  min,
  value,
  onChange,
}: {
  readonly label: string;
  readonly min: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  const id = useId();
  // Dragging updates the number; the setting changes on release.
  const [dragged, setDragged] = useState<number>();
  useEffect(() => setDragged(undefined), [value]);
  const shown = dragged ?? value;
  return (
    <div class="choice">
      <label for={id}>
        {label} {/* The slider announces its value; an `output` would repeat it. */}
        <span class="figure" aria-hidden="true">
          {shown}
        </span>
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={100}
        step={5}
        value={shown}
        onInput={(event) => setDragged(event.currentTarget.valueAsNumber)}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** Turns something on and off. */
export function Check({
  label,
  hint,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly hint: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      <p id={`${id}-hint`} class="muted small">
        {hint}
      </p>
    </div>
  );
}
