import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import type { World } from '../../../simulator/world/world.ts';

/** One span of time in which something kept Tender from acting. Epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly what: string;
  /** Text that names the instances or nodes that it is about; undefined where it may be anybody. */
  readonly about: string | undefined;
}

/** What keeps Tender from answering a hook: nothing else does. Kubernetes, load balancers and nodes do not. */
const KEEPS_FROM_ANSWERING = ['autoscaling', 'ssm', 'states', 's3', 'ec2', 'call', 'stop', 'event'];
/** A stopped execution is swept half a minute later, and a new one has to find its way. */
const AFTER_STOP_SECONDS = 100;

/** When Tender could not act, and whose executions a person has stopped. */
export class Trouble {
  readonly #world: World;
  readonly #spans: Span[] = [];
  readonly #stopped = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Something is wrong from now on, for so many seconds: for the instances or nodes that a text names, or for anybody. */
  during(seconds: number, what: string, about?: string): void {
    const now = this.#world.now();
    this.#spans.push({ from: now, until: now + seconds * 1000, what, about });
  }

  /** Somebody pressed Stop: what it was about waits for the sweep. */
  stopped({ arn, run }: ExecutionRecord): void {
    this.#stopped.add(arn);
    this.during(AFTER_STOP_SECONDS, 'stop', namesSomebody(run.inputText) ? run.inputText : undefined);
  }

  wasStopped(executionArn: string): boolean {
    return this.#stopped.has(executionArn);
  }

  /** How many milliseconds of a span of time were free of anything that keeps Tender from answering the hook of an instance of these names. */
  freeMs(from: number, until: number, names: readonly string[]): number {
    const spans = this.#spans
      .filter(({ what }) => KEEPS_FROM_ANSWERING.includes(what))
      .filter(({ about }) => about === undefined || names.some((name) => about.includes(name)))
      .flatMap((span) => clipped(span, from, until));
    let free = until - from;
    let covered = from;
    for (const span of spans.toSorted((a, b) => a.from - b.from)) {
      free -= Math.max(0, span.until - Math.max(covered, span.from));
      covered = Math.max(covered, span.until);
    }
    return free;
  }
}

/** Whether a text names an instance or a node. */
export function namesSomebody(text: string): boolean {
  return /\bi-[0-9a-f]{8,17}\b|\bip-\d+-\d+-\d+-\d+\b/.test(text);
}

function clipped(span: Span, from: number, until: number): Span[] {
  const clip = { ...span, from: Math.max(span.from, from), until: Math.min(span.until, until) };
  return clip.from < clip.until ? [clip] : [];
}
