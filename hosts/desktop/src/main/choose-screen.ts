/** A part of Electron's `DesktopCapturerSource`. */
export interface ScreenSource {
  readonly id: string;
  readonly name: string;
}

/** What a person is asked before a screen is shared; the answer is a button's index. */
export interface ScreenQuestion {
  readonly message: string;
  readonly detail: string;
  readonly buttons: string[];
  /** The button that is meant by Escape and by Enter: nothing is shared by accident. */
  readonly cancelId: number;
  readonly defaultId: number;
}

/** Asks which of the screens is shared. */
export function screenQuestion(screens: readonly ScreenSource[]): ScreenQuestion {
  const names = screens.length === 1 ? ['Share the screen'] : screens.map(({ name }) => name);
  return {
    message: screens.length === 1 ? 'Share the whole screen?' : 'Which screen is shared?',
    detail: 'Whoever is in the call sees everything that is on it.',
    buttons: [...names, 'Cancel'],
    cancelId: screens.length,
    defaultId: screens.length,
  };
}
