const MINUTE_MS = 60_000;

/** So many minutes later; ISO 8601. What is no time is long ago. */
export function minutesAfter(time: string, minutes: number): string {
  return new Date((Date.parse(time) || 0) + minutes * MINUTE_MS).toISOString();
}

/** Whether it is that late; what is no time never comes. */
export function isReached(time: string, now: Date): boolean {
  return Date.parse(time) <= now.getTime();
}

/** `3 min more`, rounded up, at least one. */
export function minutesMore(until: string, now: Date): string {
  return `${Math.max(1, Math.ceil((Date.parse(until) - now.getTime()) / MINUTE_MS))} min more`;
}

/** `20260301T120000`: a time as names of executions have it. */
export function stampOf(time: string): string {
  return new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '');
}

/** The earlier of two times in ISO 8601. */
export function earlier(a: string, b: string): string {
  return Date.parse(b) < Date.parse(a) ? b : a;
}

/** The later of two times in ISO 8601; the second where the first is none. */
export function later(a: string, b: string): string {
  return Date.parse(b) <= Date.parse(a) ? a : b;
}
