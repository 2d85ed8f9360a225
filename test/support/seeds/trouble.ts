import type { World } from '../../../simulator/world/world.ts';

/** One span of time in which something kept Tender from acting. Epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly what: string;
}

/** What keeps Tender from answering a hook: nothing else does. Kubernetes, load balancers and nodes do not. */
const KEEPS_FROM_ANSWERING = ['autoscaling', 'ssm', 'states', 's3', 'ec2', 'call', 'stop'];
/** A stopped execution is swept half a minute later, and a new one has to find its way. */
const AFTER_STOP_SECONDS = 100;

/** When Tender could not act, and whose executions a person has stopped. */
export class Trouble {
  readonly #world: World;
  readonly #spans: Span[] = [];
  readonly #stopped = new Set<string>();
  readonly #late: { readonly from: number; readonly ms: number }[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Something is wrong from now on, for so many seconds. */
  during(seconds: number, what: string): void {
    this.#spans.push({ from: this.#world.now(), until: this.#world.now() + seconds * 1000, what });
  }

  /** Somebody pressed Stop. */
  stopped(executionArn: string): void {
    this.#stopped.add(executionArn);
    this.during(AFTER_STOP_SECONDS, 'stop');
  }

  wasStopped(executionArn: string): boolean {
    return this.#stopped.has(executionArn);
  }

  /** One event, sometime from now on, comes so much later. */
  eventsLate(seconds: number): void {
    this.#late.push({ from: this.#world.now(), ms: seconds * 1000 });
  }

  /** How many milliseconds of a span of time were free of anything that keeps Tender from answering a hook. */
  freeMs(from: number, until: number): number {
    const spans = this.#spans
      .filter(({ what }) => KEEPS_FROM_ANSWERING.includes(what))
      .flatMap((span) => clipped(span, from, until));
    let free = until - from - (this.#late.find((one) => one.from < until)?.ms ?? 0);
    let covered = from;
    for (const span of spans.toSorted((a, b) => a.from - b.from)) {
      free -= Math.max(0, span.until - Math.max(covered, span.from));
      covered = Math.max(covered, span.until);
    }
    return free;
  }
}

function clipped(span: Span, from: number, until: number): Span[] {
  const clip = { ...span, from: Math.max(span.from, from), until: Math.min(span.until, until) };
  return clip.from < clip.until ? [clip] : [];
}
