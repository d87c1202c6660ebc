/** The part of Electron's `DesktopCapturerSource` that is used here. */
export interface ScreenSource {
  readonly id: string;
  readonly name: string;
}

/** The question before a screen is shared. The answer is a button's index. */
export interface ScreenQuestion {
  readonly message: string;
  readonly detail: string;
  readonly buttons: string[];
  /** The button for Escape and Enter, so that nothing is shared by accident. */
  readonly cancelId: number;
  readonly defaultId: number;
}

/** Builds the question which screen to share. */
export function screenQuestion(screens: readonly ScreenSource[]): ScreenQuestion {
  const names = screens.length === 1 ? ['Share the screen'] : screens.map(({ name }) => name);
  return {
    message: screens.length === 1 ? 'Share the whole screen?' : 'Which screen is shared?',
    detail: 'Everyone in the call sees everything on it.',
    buttons: [...names, 'Cancel'],
    cancelId: screens.length,
    defaultId: screens.length,
  };
}
