import type { HistoryEntry } from '../../../simulator/world/history.ts';
import type { Happening } from './seed-plan.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violation } from './violations.ts';

/** What of the log a person wants to read. Lines of functions are left out, but for those that died. */
const TOLD =
  /^(seed |states Execution|autoscaling (Lifecycle|Desired|Group|Instance)|ec2 (Instance(State|Impaired|Recovered)|Zone|Maintenance|EC2)|kubernetes:demo (Node|PodEvicted|ApiServer|PodTaint)|events Mishap|elbv?2? (Target|InstanceReg|InstanceDereg))/;

/** A seed's story: its world, what was to happen, what happened, and which rules were broken. */
export function storyOf(seed: SeedWorld, violations: readonly Violation[]): string {
  const { plan } = seed;
  return [
    `seed ${plan.seed}`,
    'world:',
    ...plan.groups.map(
      (one, index) =>
        `  group ${seed.groupName(index)}: ${one.nodes} nodes (${seed.first[index]?.join(' ')}), zones ${one.zones.join('')}${one.spot ? ', spot' : ''}, ${one.hook ? `hook of ${one.hook.seconds} s, by default ${one.hook.defaultResult}` : 'no hook'}${one.retains ? ', retains' : ''}`,
    ),
    ...plan.apps.map((one) => `  ${JSON.stringify(one)}`),
    `  policy ${JSON.stringify(plan.policy)}`,
    ...(plan.update ? [`  update ${JSON.stringify(plan.update)}`] : []),
    `  besides: ${plan.balancers.join(', ') || 'nothing'}`,
    'planned:',
    ...plan.happenings.map((one) => `  ${clock(one.at)} ${happeningText(seed, one)}`),
    'what happened:',
    ...timeline(seed).map(({ at, text }) => `  ${clock(seed.seconds(at))} ${text}`),
    'broken rules:',
    ...violations.map(({ at, rule, what }) => `  ${clock(seed.seconds(at))} ${rule}: ${what}`),
    `replay: TENDER_SEED=${plan.seed} npm test -- seeds`,
  ].join('\n');
}

function happeningText(seed: SeedWorld, { at, kind, ...rest }: Happening): string {
  const of = 'of' in rest ? [rest.of].flat().map((one) => seed.instanceOf(one)) : [];
  return `${kind} ${of.join(' ')} ${JSON.stringify(rest)}`;
}

function timeline(seed: SeedWorld): { at: number; text: string }[] {
  const { history } = seed.world;
  const told = history.entries.filter((entry) => entry.at >= seed.readyAt && isTold(entry));
  return withoutLoops(told).map(({ at, source, event, details }) => {
    const outcome = source === 'states' ? outcomeText(seed, event, String(details.execution)) : '';
    return { at, text: `${source.replace('kubernetes:demo', 'kubernetes')} ${event} ${shortened(details)}${outcome}` };
  });
}

/** Each state of an execution once: loops are long. */
function withoutLoops(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ event, details }) => {
    if (event !== 'StateEntered') return true;
    const key = `${String(details.execution)} ${String(details.state)}`;
    return !seen.has(key) && seen.add(key);
  });
}

function isTold({ source, event, details }: HistoryEntry): boolean {
  if (source.startsWith('lambda:')) return details.errorType !== undefined;
  if (source === 'states' && event === 'StateEntered') return details.machine !== 'tender-dev-load-balancer-sync';
  return TOLD.test(`${source} ${event}`);
}

function outcomeText(seed: SeedWorld, event: string, name: string): string {
  if (!event.startsWith('Execution')) return '';
  const execution = seed.deployment.cloud.states.executions().find((one) => one.name === name);
  if (event === 'ExecutionStarted') return ` ${execution?.run.inputText.slice(0, 400)}`;
  const outcome = execution?.run.outcome;
  if (!outcome) return '';
  const text = outcome.status === 'SUCCEEDED' ? outcome.output : `${outcome.error}: ${outcome.cause}`;
  return ` → ${text?.slice(0, 700)}`;
}

function shortened(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([key]) => !['requestId', 'billedMs', 'transition'].includes(key))
    .map(([, value]) => (typeof value === 'string' ? value.replace('tender-dev-', '') : JSON.stringify(value)))
    .join(' ');
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
