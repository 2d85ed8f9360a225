import type { KnownRun } from './ports.ts';

/** Who had an execution started, and what for. */
export interface Asked {
  readonly by: 'hook' | 'signal' | 'schedule' | 'health pass' | 'watch for updates' | 'execution' | 'person';
  readonly words: string;
  /** ARN of the execution behind it; empty where there is none. */
  readonly execution: string;
}

type Run = Pick<KnownRun, 'name' | 'workflow' | 'input'>;

/** Each starter gives names and inputs of its own; the first that fits has started it. */
const starters: readonly ((run: Run) => Asked | undefined)[] = [
  byParent,
  byDeath,
  byHook,
  bySignal,
  byHealthPass,
  byUpdate,
  byTheWay,
  bySchedule,
];

/** Who had this started, by its name and its input, which every starter makes in its own way. Pure. */
export function whoAsked(run: Run): Asked {
  for (const starter of starters) {
    const asked = starter(run);
    if (asked) return asked;
  }
  const by = textOf(run.input, 'by') || 'somebody';
  const how = run.name.startsWith('cli-') ? 'with the tender command' : 'by hand';
  return { by: 'person', words: `${by}, ${how}`, execution: '' };
}

function byParent({ input, workflow }: Run): Asked | undefined {
  const execution = textOf(input, 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID');
  const owner = workflow.startsWith('sweep') ? '' : textOf(input, 'owner');
  const parent = execution || owner;
  return parent === '' ? undefined : { by: 'execution', words: nameOf(parent), execution: parent };
}

function byDeath({ input, workflow, name }: Run): Asked | undefined {
  const detail = fieldOf(input, 'detail');
  const dead = textOf(detail, 'executionArn') || (workflow.startsWith('sweep') ? textOf(input, 'owner') : '');
  if (dead === '') return undefined;
  const how = textOf(detail, 'status') || (name.startsWith('left-') ? 'found by a health pass' : '');
  return { by: 'execution', words: `the end of ${nameOf(dead)}${how && ` (${how})`}`, execution: dead };
}

function byHook({ input }: Run): Asked | undefined {
  const hook = fieldOf(input, 'hook');
  const [name, group] = [textOf(hook, 'name'), textOf(hook, 'groupName')];
  if (name === '') return undefined;
  const what =
    textOf(input, 'signal') === 'terminate-hook' ? 'an instance is to be terminated' : 'an instance launches';
  return { by: 'hook', words: `hook ${name} of group ${group}: ${what}`, execution: '' };
}

function bySignal({ input, name }: Run): Asked | undefined {
  const signal = textOf(input, 'signal');
  if (!/-i-[0-9a-f]+-[0-9a-f]{12}$/.test(name) || signal === '') return undefined;
  const deadline = textOf(input, 'deadline');
  return { by: 'signal', words: `${signal}${deadline && `, the instance goes by ${deadline}`}`, execution: '' };
}

function byHealthPass({ input, name }: Run): Asked | undefined {
  if (!/^(repair|clean-up|replace-member|left)-/.test(name)) return undefined;
  const why = textOf(input, 'reason') || textOf(input, 'signal');
  return { by: 'health pass', words: why || 'it was found so', execution: '' };
}

function byUpdate({ input, name, workflow }: Run): Asked | undefined {
  const reason = textOf(input, 'reason');
  if (workflow === 'os-update' && name.startsWith('update-'))
    return { by: 'watch for updates', words: reason || 'it goes on', execution: '' };
  return /^(update|rollback) of group /.test(reason) ? { by: 'execution', words: reason, execution: '' } : undefined;
}

/** What workflows start beside their way and do not wait for: a pass over load balancers, the first snapshot of a new history. */
function byTheWay({ name, workflow }: Run): Asked | undefined {
  if (workflow === 'load-balancer-sync' && name.startsWith('sync-'))
    return { by: 'execution', words: 'a node has come, or etcd was restored', execution: '' };
  if (workflow === 'etcd-snapshot' && name.startsWith('restored-'))
    return { by: 'execution', words: `etcd-restore ${name.slice('restored-'.length)}`, execution: '' };
  return undefined;
}

function bySchedule({ name, workflow }: Run): Asked | undefined {
  const at = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)$/.exec(name);
  if (!at || !name.startsWith(`${workflow}-`)) return undefined;
  const [, year, month, day, hour, minute] = at;
  return { by: 'schedule', words: `due at ${year}-${month}-${day} ${hour}:${minute} UTC`, execution: '' };
}

/** `node-retire demo-i-0abc-…`. */
function nameOf(execution: string): string {
  const [machine = '', name = ''] = execution.split(':').slice(6);
  return `${machine.replace(/^tender-.+?-(?=(node|os|etcd|pki|sweep|load|approve)\b)/, '')} ${name}`;
}

function fieldOf(value: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const field = value[name];
  return typeof field === 'object' && field !== null ? { ...field } : {};
}

function textOf(value: Readonly<Record<string, unknown>>, name: string): string {
  const field = value[name];
  return typeof field === 'string' ? field : '';
}
