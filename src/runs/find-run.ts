import { mergeLists } from './merge-lists.ts';
import type { KnownRun, ListedRun, Runs } from './ports.ts';

/** Which execution was meant. */
export type Sought =
  | { readonly kind: 'found'; readonly run: KnownRun }
  /** Nothing is called so. `newest` are names that there are. */
  | { readonly kind: 'none'; readonly newest: readonly string[] }
  | { readonly kind: 'several'; readonly fitting: readonly string[] };

/** So many of the newest executions are looked through for a name that begins so. */
const LOOKED_THROUGH = 3_000;
/** ListExecutions gives no more with one answer. */
const PAGE = 1_000;

/** The execution that is meant: by its ARN, its name, or what its name, and no other, begins with. */
export async function findRun(id: string, runs: Runs): Promise<Sought> {
  if (id.startsWith('arn:')) {
    const run = await runs.describe(id);
    return run ? { kind: 'found', run } : { kind: 'none', newest: [] };
  }
  const workflows = await runs.workflows();
  const exact = await Promise.all(workflows.map((workflow) => runs.describe(runs.arnOf(workflow, id))));
  const [run, ...others] = exact.filter((one) => one !== undefined);
  if (!run) return byPrefix(id, workflows, runs);
  if (others.length === 0) return { kind: 'found', run };
  return { kind: 'several', fitting: [run, ...others].map(({ execution }) => execution) };
}

async function byPrefix(id: string, workflows: readonly string[], runs: Runs): Promise<Sought> {
  const lists = workflows.map((workflow) => runs.list(workflow, { atOnce: PAGE }));
  const fitting: ListedRun[] = [];
  const names: string[] = [];
  for await (const run of mergeLists(lists)) {
    names.push(run.name);
    if (run.name.startsWith(id)) fitting.push(run);
    if (names.length >= LOOKED_THROUGH) break;
  }
  // What an execution starts is named after it, with a number; the one that is meant is the one that started them.
  const [only, ...others] = fitting.toSorted((a, b) => a.name.length - b.name.length);
  if (only && !others.every(({ name }) => name.startsWith(`${only.name}-`)))
    return { kind: 'several', fitting: fitting.map(({ name, workflow }) => `${name} (${workflow})`) };
  const run = only && (await runs.describe(only.execution));
  return run ? { kind: 'found', run } : { kind: 'none', newest: names.slice(0, 3) };
}
