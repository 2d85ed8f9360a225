import { costOf, dollarsPerMetricMonth } from '../../src/prices/cost-model.ts';
import type { LoadReport } from '../load/load-report.ts';
import type { Usage } from '../usage.ts';
import type { Board } from './board.ts';
import type { Departure } from './departure.ts';
import { duration } from './duration.ts';
import { complaintsAbout, type Ending, type EtcdEnding } from './ending.ts';

/** Everything a summary is written from. */
export interface SummaryFacts {
  readonly board: Board;
  readonly ending: Ending;
  /** Of everything. */
  readonly usage: Usage;
  /** Of what is there only for nodes that leave. */
  readonly departures: Usage;
  /** Milliseconds of the world that the story took. */
  readonly tookMs: number;
}

const operationsShown = 6;

/** What happened, what it used and what it would have cost, as lines. Pure. */
export function summarize(facts: SummaryFacts): string[] {
  return [...happened(facts), '', ...used(facts), '', ...verdict(facts.ending)];
}

function happened({ board, ending, tookMs }: SummaryFacts): string[] {
  const lines = board.rows.map(({ instanceId, zone, reached, state }) => {
    const { launching = 0, ready, inService } = reached;
    const way =
      inService === undefined
        ? `${state}: never joined, diagnosed, abandoned, replaced`
        : `Ready after ${duration((ready ?? 0) - launching)}, in service after ${duration(inService - launching)}`;
    return `  ${instanceId}  ${zone}  ${way}`;
  });
  return [
    `What happened, in ${duration(tookMs)} of the local cloud's time since the scale-out:`,
    ...lines,
    ...ending.causes.map((cause) => `  An execution that failed says: ${cause}`),
    'Who left, counted from when it was said:',
    ...ending.departures.flatMap(leave),
    ...requests(ending.load),
    ...etcdLines(ending.etcd),
  ];
}

function etcdLines(etcd: EtcdEnding | undefined): string[] {
  if (!etcd) return [];
  const { version, proven, replaced, voters, objects } = etcd;
  return [
    `Etcd ${version}, real processes: ${proven} snapshot proven by a restore; the member that was lost ${replaced ? 'is replaced' : 'is not replaced'}; ${voters} vote, ${objects} objects are in it`,
  ];
}

function leave({ occasion, instanceId, saidAt, emptyAt, goneAt, goesAt, blockers }: Departure): string[] {
  const after = (at: number | undefined) => (at === undefined ? 'never' : `after ${duration(at - saidAt)}`);
  const own = goesAt === undefined ? '' : `; by itself it would have gone ${after(goesAt)}`;
  return [
    `  ${instanceId}  ${occasion}: empty ${after(emptyAt)}, gone ${after(goneAt)}${own}`,
    ...blockers.slice(0, 1).map((blocker) => `    first: ${blocker}`),
  ];
}

function requests(load: LoadReport | undefined): string[] {
  if (!load) return [];
  const { sent, answered, failed, open } = load;
  return [
    `Requests through the NLB and the classic ELB, both lagging as real ones do: ${sent} sent, ${answered} answered, ${open} open at the end, ${failed} failed`,
  ];
}

function used({ usage, departures, ending }: SummaryFacts): string[] {
  const cost = costOf(usage);
  const leaving = costOf(departures);
  const bootstraps = `${usage.stateTransitions} state transitions, ${usage.lambdaInvocations} Lambda invocations, ${usage.lambdaMs} ms billed`;
  const most = usage.callsByOperation.slice(0, operationsShown).map(([operation, calls]) => `${operation} ${calls}`);
  return [
    'What Tender used for all of it, its schedules included:',
    `  ${bootstraps} (${usage.lambdaGigabyteSeconds.toFixed(2)} GB-s)`,
    `  ${usage.apiCalls} AWS API calls, ${usage.throttles} throttled; most of them ${most.join(', ')}`,
    `  of these for the ${ending.departures.length} that left: ${departures.stateTransitions} state transitions, ${departures.lambdaInvocations} Lambda invocations, ${departures.apiCalls} AWS API calls`,
    "What it would have cost, at AWS's list prices in us-east-1 and without free tiers:",
    `  compute (Step Functions, Lambda) ${dollars(cost.compute)}; logs, S3, secrets, KMS and messages ${dollars(cost.rest)}; all in ${dollars(cost.total)}`,
    `  of these for those that left: ${dollars(leaving.total)}`,
    `  and by the month, whether nodes join or not: ${usage.customMetrics} metrics ${dollars(usage.customMetrics * dollarsPerMetricMonth, 2)}`,
  ];
}

function verdict(ending: Ending): string[] {
  const complaints = complaintsAbout(ending);
  if (complaints.length > 0) return ['It did not end as it should:', ...complaints.map((what) => `  ${what}`)];
  return [
    `All is well: ${ending.goodWorkers.length} workers in service, the bad one diagnosed, abandoned and replaced; ${ending.departures.length} left and no request failed; nothing left behind.`,
  ];
}

function dollars(amount: number, digits = 4): string {
  return `$${amount.toFixed(digits)}`;
}
