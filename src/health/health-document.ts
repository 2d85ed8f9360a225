import type { PersonPage } from '../schema/person-page.ts';
import type { BreakerState, Decision, Standings } from './decision.ts';
import type { Finding } from './finding.ts';
import type { Memory } from './memory.ts';
import type { Andon, ObservedApiServer, ObservedEtcd } from './observations.ts';

/** What one health pass found and decided: what `tender health` shows, and what the next pass remembers. Kept in a bucket that people read: no secrets. */
export interface HealthDocument {
  readonly cluster: string;
  /** When the pass looked. ISO 8601. */
  readonly at: string;
  readonly nodes: Counts | null;
  readonly instances: number | null;
  readonly apiServer: ObservedApiServer;
  /** null where etcd is not described, or could not be seen. */
  readonly etcd: ObservedEtcd | null;
  readonly andon: Andon | null;
  readonly findings: readonly Finding[];
  /** One for each finding, in their order. */
  readonly decisions: readonly Decision[];
  readonly breakers: readonly BreakerState[];
  /** How each repair that is under way stands with them, and with its group's capacity; it reads this before each rung. */
  readonly standings: Standings;
  /** What was meant to be started and could not be, by the finding's id; the next pass tries again. */
  readonly problems: Readonly<Record<string, string>>;
  /** Words to people that are not known to be sent. */
  readonly unsent: readonly UnsentPage[];
  readonly memory: Memory;
}

export interface UnsentPage extends PersonPage {
  readonly key: string;
}

/** Nodes of the cluster; null in their place: they could not be listed. */
export interface Counts {
  readonly all: number;
  readonly ready: number;
  readonly unschedulable: number;
}

/** Whether two passes say the same to a person: what is found, what is done about it, which breakers are open. Times do not count. */
export function saysTheSame(one: HealthDocument, other: HealthDocument): boolean {
  return gist(one) === gist(other);
}

function gist({ apiServer, andon, findings, decisions, breakers }: HealthDocument): string {
  return JSON.stringify([
    [apiServer.reachable, apiServer.ready],
    andon !== null,
    findings.map(({ id, symptoms }, index) => [id, symptoms[0].signal, stanceOf(decisions[index])]),
    breakers.filter(({ open }) => open).map(({ name }) => name),
  ]);
}

/** What is done about a finding, without its words, which count minutes. */
export function stanceOf(decision: Decision | undefined): string {
  return decision?.action === 'none' ? decision.because : (decision?.action ?? 'none');
}
