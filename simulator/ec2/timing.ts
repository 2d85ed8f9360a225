import type { Random } from '../world/random.ts';

/** A span of milliseconds that luck picks from: [low, high). */
export type Span = readonly [lowMs: number, highMs: number];

/** How long things take in EC2. All are milliseconds. */
export interface Ec2Timing {
  /** RunInstances until DescribeInstances shows the instance: EC2's documented eventual consistency. */
  readonly visible: Span;
  /** `pending` until `running`. */
  readonly running: Span;
  /** `running` until the kernel is up and the image's program starts. */
  readonly kernel: Span;
  /** `running` until both status checks are `ok`. */
  readonly statusOk: Span;
  readonly stop: Span;
  /** `shutting-down` until `terminated`. */
  readonly terminate: Span;
  /** A reboot, until the program runs again. */
  readonly reboot: Span;
  /** A machine that hangs, until its status check says so: a check a minute, and two that fail. */
  readonly noticeImpaired: Span;
  /** `terminated` until Describe calls forget the instance: EC2 keeps it for about an hour. */
  readonly forget: Span;
}

/** What real instances take. */
export const realEc2Timing: Ec2Timing = {
  visible: [300, 4_000],
  running: [10_000, 35_000],
  kernel: [8_000, 20_000],
  statusOk: [100_000, 140_000],
  stop: [15_000, 40_000],
  terminate: [15_000, 45_000],
  reboot: [20_000, 45_000],
  noticeImpaired: [90_000, 180_000],
  forget: [3_300_000, 3_900_000],
};

/** One draw from a span, in whole milliseconds. */
export function within(random: Random, span: Span): number {
  return Math.round(random.between(span[0], span[1]));
}
