import { setTimeout as sleep } from 'node:timers/promises';
import { s3HealthDocuments } from '../../src/aws/s3-health-documents.ts';
import type { Decision } from '../../src/health/decision.ts';
import type { HealthDocument } from '../../src/health/health-document.ts';
import { setting } from '../../src/runtime/settings.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { NeverLookedAt } from '../errors.ts';
import { age, print, type Row } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { statusOfHealth } from './status-of-health.ts';

const LOOK_EVERY_MS = 10_000;
/**
 * Prints what the last health pass found and decided. Gives the exit status.
 * @throws NeverLookedAt, and what AWS throws
 */
export async function showHealth(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  { watch }: { readonly watch: boolean },
): Promise<number> {
  const documents = s3HealthDocuments(homeAws(environment), setting(environment, 'STATE_BUCKET'));
  for (let shown = ''; ; ) {
    const { document } = await documents.read(cluster);
    if (!document) throw new NeverLookedAt(cluster);
    if (document.at !== shown) show(context, document);
    shown = document.at;
    if (!watch) return statusOfHealth(document, context.now());
    await sleep(LOOK_EVERY_MS);
  }
}

function show(context: CommandContext, document: HealthDocument): void {
  // Memory is between passes; programs get it in the bucket.
  const { memory: _memory, ...told } = document;
  if (context.options.output === 'table') context.out.write(`${summary(document, context.now())}\n`);
  const rows = document.findings.map((finding, index): Row => {
    const [symptom] = finding.symptoms;
    return {
      what: finding.nodeName || finding.id,
      group: finding.groupName || undefined,
      sign: symptom.signal,
      for: age(context.now().getTime() - Date.parse(symptom.since)),
      'tender does': wordsOf(document.decisions[index]),
    };
  });
  print(context, told, { kind: 'rows', rows, empty: 'nothing is wrong' });
}

function wordsOf(decision: Decision | undefined): string {
  if (!decision) return '-';
  if (decision.action === 'none') return `nothing: ${decision.words}`;
  return decision.action === 'page' ? `tells a person: ${decision.words}` : decision.words;
}

function summary({ cluster, at, nodes, apiServer, andon, breakers, problems }: HealthDocument, now: Date): string {
  const open = breakers.filter((one) => one.open);
  const parts = [
    nodes ? `${nodes.ready} of ${nodes.all} nodes ready` : 'nodes not known',
    apiServer.reachable
      ? `API server ${apiServer.ready ? 'ready' : `not ready (${apiServer.failingChecks.join(', ')})`}`
      : `API server away: ${apiServer.problem}`,
    ...(andon ? [`the andon is on since ${andon.since}: ${andon.reason} (${andon.by})`] : []),
    ...open.map(({ words }) => `breaker: ${words}`),
    ...Object.values(problems),
    `looked ${age(now.getTime() - Date.parse(at))} ago`,
  ];
  return `${cluster}: ${parts.join('; ')}`;
}
