const dayMs = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const month = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "long" });

export const clockTime = (timestamp: string): string => clock.format(new Date(timestamp));
export const shortDate = (timestamp: string): string => date.format(new Date(timestamp));
export const fullTime = (timestamp: string): string => full.format(new Date(timestamp));

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Whole days of the calendar between two moments, however long those days were. */
function daysBetween(earlier: Date, later: Date): number {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / dayMs);
}

/** The heading under which something of that time is listed. */
export function dayGroup(timestamp: string, now: Date): string {
  const at = new Date(timestamp);
  const days = daysBetween(at, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  return month.format(at);
}

/** The day that a line across a conversation names. */
export function dayLabel(timestamp: string, now: Date): string {
  const at = new Date(timestamp);
  const days = daysBetween(at, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return at.getFullYear() === now.getFullYear() ? weekday.format(at) : date.format(at);
}

const units = [
  ["day", dayMs],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** “5 minutes ago”, “in 3 days”; beyond a month, the date. */
export function ago(timestamp: string, now: Date): string {
  const ms = Date.parse(timestamp) - now.getTime();
  if (Math.abs(ms) > 31 * dayMs) return shortDate(timestamp);
  for (const [unit, length] of units) if (Math.abs(ms) >= length) return relative.format(Math.trunc(ms / length), unit);
  return "just now";
}
