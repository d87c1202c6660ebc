/** Icons: strokes on a 24-pixel grid with round ends. */
const shapes = {
  account: [
    'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z',
    'M4.5 20c.9-3.4 3.9-5.2 7.5-5.2s6.6 1.8 7.5 5.2',
  ],
  camera: [
    'M4 7.5h9a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z',
    'm15 11 6-3v8l-6-3',
  ],
  'camera-off': [
    'M8.5 7.5H13a2 2 0 0 1 2 2V14',
    'M14 16.4a2 2 0 0 1-1 .1H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 .7-1',
    'm15 11 6-3v8l-6-3',
    'm3 3 18 18',
  ],
  chart: ['M4 20V11', 'M9.5 20V5', 'M15 20v-7', 'M20.5 20V8.5'],
  check: ['m5 12.5 4.5 4.5L19 7.5'],
  close: ['m6 6 12 12', 'M18 6 6 18'],
  door: ['M6 21V4.5a1 1 0 0 1 .8-1l8-1.6a1 1 0 0 1 1.2 1V21', 'M3.5 21h17', 'M12.6 11.6v1.4'],
  enter: ['M14 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4', 'M10.5 8l4 4-4 4', 'M14.5 12H4.5'],
  exit: ['M10 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h4', 'M14 8l4 4-4 4', 'M18 12H9.5'],
  eye: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z',
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  ],
  'eye-off': [
    'M9.9 5.8a8.6 8.6 0 0 1 2.1-.3C18 5.5 21.5 12 21.5 12a16 16 0 0 1-2.7 3.5',
    'M6.4 7.5A15 15 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.7-1.4',
    'M9.9 9.9a3 3 0 0 0 4.2 4.2',
    'm3 3 18 18',
  ],
  fullscreen: [
    'M4 9V5a1 1 0 0 1 1-1h4',
    'M15 4h4a1 1 0 0 1 1 1v4',
    'M20 15v4a1 1 0 0 1-1 1h-4',
    'M9 20H5a1 1 0 0 1-1-1v-4',
  ],
  lock: [
    'M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z',
    'M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  ],
  microphone: [
    'M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3Z',
    'M5.5 11.5a6.5 6.5 0 0 0 13 0',
    'M12 18v3',
  ],
  'microphone-off': [
    'M9 9v2.5a3 3 0 0 0 4.6 2.5',
    'M15 11.5v-5a3 3 0 0 0-5.6-1.5',
    'M5.5 11.5a6.5 6.5 0 0 0 10 5.5',
    'M18.3 13a6.5 6.5 0 0 0 .2-1.5',
    'M12 18v3',
    'm3 3 18 18',
  ],
  mirror: ['M12 3v18', 'M8.5 7 3.5 17h5V7Z', 'm15.5 7 5 10h-5V7Z'],
  plus: ['M12 5v14', 'M5 12h14'],
  refresh: [
    'M19.5 11A7.5 7.5 0 0 0 6 7.2L4 9.3',
    'M4 4.5v4.8h4.8',
    'M4.5 13A7.5 7.5 0 0 0 18 16.8l2-2.1',
    'M20 19.5v-4.8h-4.8',
  ],
  screen: [
    'M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z',
    'M9 20.5h6',
    'M12 17v3.5',
  ],
  search: ['M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z', 'm15.3 15.3 4.7 4.7'],
  settings: [
    'M4 7h9',
    'M17.5 7H20',
    'M15.3 9.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z',
    'M4 17h2.5',
    'M11 17h9',
    'M8.7 19.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z',
  ],
  shield: [
    'M12 3.5 5 6v5.5c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6l-7-2.5Z',
    'm9 12 2.2 2.2L15.2 10',
  ],
  speaker: [
    'M4 9.5h3.5L12 5.5v13l-4.5-4H4a.5.5 0 0 1-.5-.5v-4a.5.5 0 0 1 .5-.5Z',
    'M15.5 9a4.2 4.2 0 0 1 0 6',
    'M18 6.5a7.8 7.8 0 0 1 0 11',
  ],
  'speaker-off': [
    'M9.8 7.4 12 5.5v4.1',
    'M12 12v6.5l-4.5-4H4a.5.5 0 0 1-.5-.5v-4a.5.5 0 0 1 .5-.5h3.5',
    'M15.5 9a4.2 4.2 0 0 1 1.2 4',
    'M18 6.5a7.8 7.8 0 0 1 1.5 9',
    'm3 3 18 18',
  ],
  trash: [
    'M4.5 7h15',
    'M9.5 7V4.5h5V7',
    'M6.5 7l.8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12',
    'M10 11v5',
    'M14 11v5',
  ],
  warning: ['M12 4.2 3 19.5h18L12 4.2Z', 'M12 10v4.5', 'M12 17v.1'],
  windows: [
    'M4 5h11a1 1 0 0 1 1 1v2',
    'M4 5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h2',
    'M9 8.5h11a1 1 0 0 1 1 1V19a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V9.5a1 1 0 0 1 1-1Z',
    'M8 12h13',
  ],
  unplugged: [
    'M9 3v4',
    'M15 3v4',
    'M6.5 7h11v4a5.5 5.5 0 0 1-2.7 4.7',
    'M6.5 7v4a5.5 5.5 0 0 0 5.5 5.5V21',
    'm3 3 18 18',
  ],
} as const;

export type IconName = keyof typeof shapes;

/** An icon beside text with the same meaning; hidden from screen readers. */
export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      {shapes[name].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}

/** Roomkey's logo: a door with a keyhole. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="mark-door" x="2" y="2" width="28" height="28" rx="8" />
      <circle class="mark-hole" cx="16" cy="13" r="4.5" />
      <path
        class="mark-hole"
        d="m14.2 15.5-1.7 8.1a.8.8 0 0 0 .8.9h5.4a.8.8 0 0 0 .8-.9l-1.7-8.1Z"
      />
    </svg>
  );
}
