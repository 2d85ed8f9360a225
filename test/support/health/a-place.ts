import { checkHealth, type PassServices } from '../../../src/health/check-health.ts';
import type { HealthDocument } from '../../../src/health/health-document.ts';
import type { Observations, Seen } from '../../../src/health/observations.ts';
import type { HealthEvent, KnownExecution } from '../../../src/health/ports.ts';
import type { PersonPage } from '../../../src/schema/person-page.ts';
import { aPolicy, minute } from './observed.ts';

/** A bucket, Step Functions and people, in memory; and what may go wrong with them. */
export function aPlace() {
  const place = {
    document: undefined as HealthDocument | undefined,
    etag: 0,
    kept: [] as HealthDocument[],
    started: [] as { workflow: string; name: string; input: Readonly<Record<string, unknown>> }[],
    running: new Map<string, KnownExecution>(),
    pages: [] as string[],
    told: [] as PersonPage[],
    events: [] as { node: string; event: HealthEvent }[],
    startFails: false,
    pageFails: false,
    /** Called before a document is written. */
    meanwhile: () => {},
  };
  const value = async <T>(seen: Seen<T>): Promise<T> => {
    if ('problem' in seen) throw new Error(seen.problem);
    return seen.value;
  };
  const services = (seen: Observations, over: Partial<PassServices> = {}): PassServices => ({
    watched: { name: 'demo', requiredDaemonSets: [], eventReasons: [], alarmNames: [] },
    policy: aPolicy(),
    sources: {
      apiServer: {
        readiness: async () => seen.apiServer,
        nodes: () => value(seen.nodes),
        nodeEvents: () => value(seen.nodeEvents ?? { value: [] }),
        daemonSets: () => value(seen.daemonSets),
        coreDns: () => value(seen.coreDns),
      },
      groups: { ofCluster: () => value(seen.groups), hooksOfTender: async () => new Set(['terminating'] as const) },
      instances: { describe: () => value(seen.instances) },
      etcd: undefined,
      targets: { unhealthy: () => value(seen.targets) },
      alarms: { inAlarm: () => value(seen.alarms) },
      joins: { of: () => value(seen.failedJoins) },
      andon: { read: () => value(seen.andon) },
      pause: { until: () => value(seen.pause) },
    },
    documents: {
      read: async () => (place.document ? { document: place.document, etag: `${place.etag}` } : { etag: undefined }),
      async write(document, etag) {
        place.meanwhile();
        if ((etag ?? '0') !== `${place.etag}`) return 'conflict';
        place.document = JSON.parse(JSON.stringify(document)) as HealthDocument;
        place.etag += 1;
        return { etag: `${place.etag}` };
      },
      keep: async (document) => void place.kept.push(document),
    },
    leases: { of: async () => [], prune: async () => {} },
    claims: { of: async () => [] },
    workflows: {
      async start(workflow, execution, input) {
        if (place.startFails) throw Object.assign(new Error('Rate exceeded'), { name: 'AwsThrottled' });
        if (!place.running.has(execution)) place.started.push({ workflow, name: execution, input });
        place.running.set(execution, { status: 'RUNNING', outcome: '', endedAt: '', input });
      },
      named: async (_, execution) => place.running.get(execution),
      running: async () => [],
      describe: async () => undefined,
    },
    pager: {
      async page(page) {
        if (place.pageFails) throw new Error('SNS is away');
        place.pages.push(page.subject);
        place.told.push(page);
      },
    },
    events: { record: async (node, event) => void place.events.push({ node, event }) },
    ...over,
  });
  /** A pass in each of these minutes; gives the last outcome. */
  const pass = async (
    seen: (at: number) => Observations,
    from: number,
    to = from,
    over: Partial<PassServices> = {},
    more: (at: number) => Partial<PassServices['sources']> = () => ({}),
  ) => {
    const once = (at: number) => {
      const all = services(seen(at), over);
      return checkHealth({ ...all, sources: { ...all.sources, ...more(at) } }, () => new Date(minute(at)));
    };
    let outcome = await once(from);
    for (let at = from + 1; at <= to; at += 1) outcome = await once(at);
    return outcome;
  };
  return { place, pass };
}
