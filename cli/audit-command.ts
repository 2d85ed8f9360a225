import { Command, InvalidArgumentError } from 'commander';
import { type AuditRecord, auditRecords } from '../src/aws/s3-audit-records.ts';
import { setting } from '../src/runtime/settings.ts';
import { homeAws, openRegistry } from '../src/wiring/registered-cluster.ts';
import { clusterOf, type Deployment } from './deployment.ts';
import { sinceTime } from './health/until-time.ts';
import type { OnDeployment } from './on-deployment.ts';
import { print } from './print.ts';

interface Filter {
  readonly node?: string;
  readonly instance?: string;
  readonly by?: string;
  readonly since: string;
  readonly limit: number;
}

/** `tender audit`: what functions of Tender have changed, and on whose behalf. */
export function auditCommand(on: OnDeployment): Command {
  return new Command('audit')
    .description('what Tender has changed, newest first: what, in what, for which execution, and what came of it')
    .argument('[cluster]', 'name in the registry; without it all of them')
    .option('--node <name>', 'only what was done with this Node')
    .option('--instance <id>', 'only what was done with this instance')
    .option('--by <text>', 'only what an execution, a function or a reason with this in it asked for')
    .option('--since <time>', 'from a time on (2026-03-01T12:00:00Z), or so long ago (30m, 4h, 2d)', '1d')
    .option('--limit <count>', 'records, newest first', positive, 50)
    .addHelpText('after', '\nExample:\n  tender audit demo --instance i-0abc --since 7d')
    .action((named: string | undefined, filter: Filter) =>
      on(async (context, deployment) => {
        const { environment } = deployment;
        const { records, givenUp } = await auditRecords(homeAws(environment), setting(environment, 'STATE_BUCKET'), {
          clusters: await clustersOf(deployment, named),
          since: sinceTime(filter.since, context.now()),
          until: context.now(),
          limit: filter.limit,
          fits: (record) => fits(record, filter),
        });
        if (givenUp)
          context.err.write(
            'The search was given up before the oldest: make --since shorter, or ask Athena (docs/audit.md).\n',
          );
        print(context, records, { kind: 'rows', rows: records.flatMap(rowsOf), empty: 'There is none.' });
      }),
    );
}

async function clustersOf(deployment: Deployment, named: string | undefined): Promise<readonly string[]> {
  if (named !== undefined) return [await clusterOf(deployment, named)];
  const { environment } = deployment;
  const { clusters, misconfigured } = await openRegistry(homeAws(environment), environment).all();
  return [...clusters.map(({ name }) => name), ...misconfigured.map(({ cluster }) => cluster), 'none'];
}

function fits(record: AuditRecord, { node, instance, by }: Filter): boolean {
  const told = JSON.stringify(record.actions);
  const asked = [record.execution, record.functionName, record.reason].join('\n');
  return [
    node === undefined ||
      record.actions.some(({ target }) => target.split('/').includes(node)) ||
      told.includes(`"${node}"`),
    instance === undefined || told.includes(instance),
    by === undefined || asked.includes(by),
  ].every(Boolean);
}

function rowsOf({ time, cluster, execution, functionName, actions }: AuditRecord) {
  return actions.map(({ service, action, target, outcome }) => ({
    time: time.slice(0, 19),
    cluster,
    what: `${service} ${action}`,
    target: shortened(target),
    outcome,
    by: execution?.split(':').at(-1) ?? functionName,
  }));
}

/** ARNs by what follows the account. */
function shortened(target: string): string {
  return target.replace(/\barn:[^:\s]*:[^:\s]*:[^:\s]*:\d*:/g, '').slice(0, 80);
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a number, 1 at least.');
  return count;
}
