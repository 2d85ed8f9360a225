import type { NotedTarget } from './ports.ts';

/** A target for people: `demo-workers i-0abc:30080`, `demo-classic i-0abc`. */
export function targetName(target: NotedTarget): string {
  return target.kind === 'classic'
    ? `${target.name} ${target.id}`
    : `${balancerName(target.arn)} ${target.id}:${target.port}`;
}

/** The name in a target group's ARN. */
export function balancerName(arn: string): string {
  return arn.split('/')[1] ?? arn;
}

/** All of both lists, each target once, in order. */
export function union(some: readonly NotedTarget[], more: readonly NotedTarget[]): readonly NotedTarget[] {
  return [...new Map([...some, ...more].map((target) => [keyOf(target), target])).values()];
}

function keyOf(target: NotedTarget): string {
  return target.kind === 'classic' ? `${target.name} ${target.id}` : `${target.arn} ${target.id}:${target.port}`;
}
