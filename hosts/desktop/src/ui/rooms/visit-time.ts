const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const minute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** The day of a visit, such as `Nov 28, 2026`. @param at milliseconds since 1970 */
export function dayOf(at: number): string {
  return day.format(at);
}

/** The same with the time of the day. @param at milliseconds since 1970 */
export function minuteOf(at: number): string {
  return minute.format(at);
}
