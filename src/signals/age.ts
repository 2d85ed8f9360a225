import { type Fields, time } from './fields.ts';

/**
 * Whether an event was written longer ago than that, by its own time. One from the future, by another clock, is new.
 * @throws MalformedSignal when it has no time: how old it is nobody knows.
 */
export function isOlderThan(event: Fields, milliseconds: number, now: Date): boolean {
  return now.getTime() - Date.parse(time(event, 'time')) > milliseconds;
}
