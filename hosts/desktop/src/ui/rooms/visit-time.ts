const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const minute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** Day of a visit, such as `Nov 28, 2026`. @param at ms since 1970 */
export function dayOf(at: number): string {
  return day.format(at);
}

/** Day and time of a visit. @param at ms since 1970 */
export function minuteOf(at: number): string {
  return minute.format(at);
}
