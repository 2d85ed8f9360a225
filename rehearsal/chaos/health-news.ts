import type { DemoCluster } from '../demo-cluster.ts';

/** What is read of a health document here: what `npx tender health` shows. */
export interface SeenHealth {
  readonly at: string;
  readonly findings: readonly {
    readonly id: string;
    readonly nodeName: string;
    readonly symptoms: readonly { readonly words: string }[];
  }[];
  readonly decisions: readonly { readonly action: string; readonly because?: string; readonly words: string }[];
  readonly breakers: readonly { readonly name: string; readonly open: boolean; readonly words: string }[];
}

/** What the last health pass left in the state bucket; undefined before the first. */
export function seenHealth({ deployment, name }: DemoCluster): SeenHealth | undefined {
  const bucket = deployment.cloud.buckets.find(deployment.resource('StateBucket'));
  const current = bucket?.versions.get(`health/${name}/current.json`)?.at(-1);
  if (!current || current.deleteMarker) return undefined;
  return JSON.parse(Buffer.from(current.body).toString('utf8')) as SeenHealth;
}

/** What a pass says that the one before did not, a line each; without what is only shown, which is not about nodes. Pure. */
export function newsOf(before: SeenHealth | undefined, now: SeenHealth): readonly string[] {
  const [old, current] = [stancesOf(before), stancesOf(now)];
  const changed = [...current].flatMap(([id, { stance, line }]) => (old.get(id)?.stance === stance ? [] : [line]));
  const well = [...old].flatMap(([id, { name }]) => (current.has(id) ? [] : [`${name}: nothing is wrong any more`]));
  const open = (health: SeenHealth | undefined) =>
    new Set(health?.breakers.filter((one) => one.open).map((one) => one.name));
  const opened = now.breakers.filter((one) => one.open && !open(before).has(one.name));
  const closed = [...open(before)].filter((name) => !open(now).has(name));
  return [
    ...changed,
    ...well,
    ...opened.map(({ name, words }) => `the breaker of ${name} opens: ${words}`),
    ...closed.map((name) => `the breaker of ${name} closes`),
  ];
}

function stancesOf(health: SeenHealth | undefined) {
  return new Map(
    health?.findings.flatMap(({ id, nodeName, symptoms }, index) => {
      const { action = 'none', because = '', words = '' } = health.decisions[index] ?? {};
      if (because === 'shown') return [];
      const name = nodeName || id;
      const finding = symptoms[0]?.words ?? '';
      const decision = words.startsWith(`${finding}: `) ? words.slice(finding.length + 2) : words;
      const stance = action === 'none' ? because : action;
      const done = action === 'none' ? `left alone (${because})` : action;
      return [[id, { name, stance, line: `${name}: ${finding}  →  ${done}: ${decision}` }] as const];
    }),
  );
}
