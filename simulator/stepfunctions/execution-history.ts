import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Json } from './json.ts';

/** Where a line of events stands: each branch and each iteration has its own (`previousEventId`). */
export interface Cursor {
  previous: number;
}

/** The one member of an event that tells what happened. */
export type EventDetails = Omit<HistoryEvent, 'timestamp' | 'type' | 'id' | 'previousEventId'>;

// These events do not move their line on: the next one names the same predecessor, as histories of AWS show.
const besideTheLine =
  /^(Map|Parallel)StateSucceeded$|^MapRunSucceeded$|^MapIterationFailed$|StateAborted$|^MapIterationAborted$/;

/** The events of one execution, in AWS's shape. https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html */
export class ExecutionHistory {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  #lastValue: Json | undefined;
  #lastText = '';

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Appends an event and returns its id. */
  record(type: HistoryEventType, cursor: Cursor, details: EventDetails = {}): number {
    const id = this.events.length + 1;
    this.events.push({ timestamp: new Date(this.#now()), type, id, previousEventId: cursor.previous, ...details });
    if (!besideTheLine.test(type)) cursor.previous = id;
    return id;
  }

  /** The JSON text of a value. The output of one state is the input of the next, so the last one is kept. */
  text(value: Json): string {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (value !== this.#lastValue) {
      this.#lastValue = value;
      this.#lastText = JSON.stringify(value);
    }
    return this.#lastText;
  }
}
