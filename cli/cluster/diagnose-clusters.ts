import { checks, diagnose } from '../../src/doctor/checks.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { type RbacObject, rightsOf } from '../../src/doctor/rights.ts';
import { type Examination, factsOf } from '../../src/wiring/doctor-of.ts';
import { homeAws, openRegistry } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT } from '../errors.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { manifestObjects } from './manifests.ts';

/** What came of looking at one cluster. */
export interface Diagnosis {
  readonly cluster: string;
  readonly checks: number;
  readonly findings: readonly Finding[];
}

const LABELS = { fault: 'FAULT', warning: 'warning' } as const;

/**
 * Checks one cluster, or all that are registered, and prints what is wrong and what mends it. Gives the exit status: 1 for a fault (with `strict` a
 * warning too), 3 where nothing is known to be wrong and not everything could be looked at.
 * @throws ClusterNotFound, and what AWS throws when the registry cannot be read
 */
export async function diagnoseClusters(
  context: CommandContext,
  deployment: Deployment,
  name: string | undefined,
  { strict }: { readonly strict: boolean },
): Promise<number> {
  const registry = openRegistry(homeAws(deployment.environment), deployment.environment);
  const { clusters, misconfigured } = await registry.all();
  const good = clusters.map((cluster) => cluster.name);
  const broken = misconfigured.map(({ cluster, problems }) => brokenEntry(cluster, problems));
  const known = [...good, ...broken.map(({ cluster }) => cluster)].sort();
  // Whoever is not there is told by the registry, with the name most like it.
  if (name !== undefined && !known.includes(name)) await registry.get(name);
  const examination = examinationOf(context, deployment, known);
  const diagnoses: Diagnosis[] = [];
  for (const cluster of name === undefined ? known : [name]) {
    const already = broken.find((one) => one.cluster === cluster);
    if (!already) context.err.write(`looking at ${cluster}\n`);
    diagnoses.push(
      already ?? { cluster, checks: checks.length, findings: diagnose(await factsOf(cluster, examination)) },
    );
  }
  show(context, diagnoses);
  return statusOf(
    diagnoses.flatMap(({ findings }) => findings),
    strict,
  );
}

function examinationOf(
  context: CommandContext,
  { environment, stage, machinePrefix }: Deployment,
  registered: readonly string[],
): Examination {
  const [, partition = 'aws', , , account = ''] = machinePrefix.split(':');
  const rights = rightsOf(manifestObjects<RbacObject>('rbac.yaml'));
  return { environment, stage, partition, account, registered, rights, now: context.now };
}

function brokenEntry(cluster: string, problems: readonly string[]): Diagnosis {
  const findings = problems.map((message) => ({
    id: 'registry-entry',
    subject: 'registry' as const,
    severity: 'fault' as const,
    about: `/tender/clusters/${cluster}`,
    message,
    cure: 'mend the entry; docs/clusters.md has each field',
    command: `aws ssm get-parameter --name /tender/clusters/${cluster} --query Parameter.Value --output text`,
  }));
  return { cluster, checks: 1, findings };
}

function statusOf(findings: readonly Finding[], strict: boolean): number {
  const has = (severity: Finding['severity']) => findings.some((finding) => finding.severity === severity);
  if (has('fault') || (strict && has('warning'))) return EXIT.failed;
  return has('unknown') ? EXIT.unreachable : EXIT.done;
}

function show(context: CommandContext, diagnoses: readonly Diagnosis[]): void {
  if (context.options.output !== 'table') {
    print(context, diagnoses, { kind: 'rows', rows: [], empty: '' });
    return;
  }
  for (const diagnosis of diagnoses) context.out.write(`${summary(diagnosis)}\n${paragraphs(diagnosis.findings)}`);
  if (diagnoses.length === 0) context.out.write('No cluster is registered. See: npx tender cluster adopt --help\n');
}

function summary({ cluster, checks: made, findings }: Diagnosis): string {
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length;
  const unknown = new Set(findings.filter(({ severity }) => severity === 'unknown').map(({ id }) => id)).size;
  if (findings.length === 0) return `${cluster}: all ${made} checks are good`;
  return `${cluster}: faults ${count('fault')}, warnings ${count('warning')}, not known ${unknown}, of ${made} checks`;
}

/** One for each thing that is wrong, and one for each reason why something is not known. */
function paragraphs(findings: readonly Finding[]): string {
  const wrong = findings.flatMap((finding) => (finding.severity === 'unknown' ? [] : [paragraph(finding)]));
  const reasons = Map.groupBy(
    findings.filter(({ severity }) => severity === 'unknown'),
    ({ message }) => message,
  );
  const unknown = [...reasons].map(
    ([reason, all]) =>
      `\nunknown  ${all.length} checks could not be made\n  ${reason}\n  ${all.map(({ id }) => id).join(', ')}\n`,
  );
  return [...wrong, ...unknown].join('');
}

function paragraph({ id, severity, about, message, cure, command }: Exclude<Finding, { severity: 'unknown' }>): string {
  const run = command === undefined ? '' : `  run:   ${command}\n`;
  return `\n${LABELS[severity]}  ${id}  ${about}\n  ${message}\n  to do: ${cure}\n${run}`;
}
