import { dump } from 'js-yaml';
import { carryOut, changesOf } from '../../src/adoption/carry-out.ts';
import { AdoptionNotPossible } from '../../src/adoption/errors.ts';
import { type Held, holdHooks } from '../../src/adoption/hold-hooks.ts';
import { clusterTag } from '../../src/adoption/names.ts';
import type { Change, Found, KubernetesObject, Things } from '../../src/adoption/ports.ts';
import { type Proposal, propose, type Wish } from '../../src/adoption/propose.ts';
import { asCloudFormation, asTerraform } from '../../src/adoption/render.ts';
import { assertSameCluster } from '../../src/adoption/same-cluster.ts';
import { lineOf, wordsOf } from '../../src/adoption/words.ts';
import { functionSettings } from '../../src/aws/inspected-deployment.ts';
import { parseCluster } from '../../src/clusters/parse-cluster.ts';
import { type RbacObject, rightsOf } from '../../src/doctor/rights.ts';
import { clusterUid } from '../../src/kubernetes/adopted-objects.ts';
import { setting } from '../../src/runtime/settings.ts';
import { adoptableThings, adoptionRecordsOf, findCluster } from '../../src/wiring/adoption-of.ts';
import { readinessOf } from '../../src/wiring/readiness-of.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT } from '../errors.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { type Administrator, administratorOf } from './administrator.ts';
import { deployed, manifestObjects } from './manifests.ts';

/** What somebody says on the command line. */
export interface AdoptOptions extends Wish, Administrator {
  readonly group: readonly string[];
  readonly format: 'plan' | 'cloudformation' | 'terraform';
  readonly apply: boolean;
  /** Whether images have what the user data of a group does not: the name of the join parameter. */
  readonly imagesJoin: boolean;
}

/**
 * Looks at a cluster, and prints what has to be there for Tender to look after it; with `apply` makes it so, each change on record before it is made.
 * Gives the exit status: 1 where hooks are held back until somebody could answer them.
 * @throws AdoptionNotPossible, KubeconfigOfOtherCluster, UnusableKubeconfig, ClusterMisconfigured, and what AWS and the API server throw
 */
export async function adoptCluster(
  context: CommandContext,
  deployment: Deployment,
  name: string,
  options: AdoptOptions,
): Promise<number> {
  const { environment } = deployment;
  const home = homeAws(environment);
  const { endpoint, connection } = await administratorOf(options, name, { home, environment, now: context.now });
  const [records, things] = [adoptionRecordsOf(environment), adoptableThings(home, () => connection)];
  const around = await surroundingsOf(deployment);
  const uid = await clusterUid(connection);
  const [record, registered] = await Promise.all([
    records.read(name),
    things.read({ kind: 'parameter', name: `${around.registryPrefix}/${name}` }),
  ]);
  assertSameCluster(name, { ...endpoint, uid }, { record, entry: typeof registered === 'string' ? registered : null });
  const found = await findCluster(name, options.group, endpoint, { aws: home, connection });
  refuse(found);
  const proposal = propose(found, around, options);
  // The same schema, before anything is written.
  parseCluster(name, dump(proposal.entry));
  if (options.format !== 'plan') {
    const text = options.format === 'terraform' ? asTerraform(proposal) : asCloudFormation(proposal, found.groups);
    context.out.write(text);
    return EXIT.done;
  }
  const changes = await changesLeft(proposal, things);
  const made = (change: Change) => void context.err.write(`${lineOf(change).does} ${wordsOf(change.thing)}\n`);
  const carry = (some: readonly Change[]) => carryOut(name, some, { things, records, uid, now: context.now, made });
  const held = options.apply ? await apply(context, deployment, { proposal, changes, options, carry }) : [];
  show(context, proposal, { changes, applied: options.apply, held });
  return held.length > 0 ? EXIT.failed : EXIT.done;
}

/** Hooks last, and only where somebody can answer them; gives those that are held back. */
async function apply(
  { now }: CommandContext,
  { environment }: Deployment,
  {
    proposal,
    changes,
    options,
    carry,
  }: {
    readonly proposal: Proposal;
    readonly changes: readonly Change[];
    readonly options: AdoptOptions;
    readonly carry: (some: readonly Change[]) => Promise<void>;
  },
): Promise<readonly Held[]> {
  const isHook = ({ thing }: Change) => thing.kind === 'hook';
  await carry(changes.filter((change) => !isHook(change)));
  const hooks = changes.filter(isHook);
  if (hooks.length === 0) return [];
  const rights = rightsOf(manifestObjects<RbacObject>('rbac.yaml'));
  const silent = options.imagesJoin ? [] : proposal.silent;
  const readiness = await readinessOf(proposal.cluster, silent, { environment, rights, now });
  const { ready, held } = holdHooks(hooks, readiness);
  await carry(ready);
  return held;
}

function refuse({ name, groups }: Found): void {
  const others = groups.flatMap(({ name: group, tags }) => {
    const owner = tags[clusterTag]?.value;
    return owner === undefined || owner === name ? [] : [`group ${group} is tagged for cluster ${owner}`];
  });
  const none = groups.length === 0 ? ['no Auto Scaling group was found for it: name them with --group'] : [];
  if (others.length + none.length > 0) throw new AdoptionNotPossible(name, [...others, ...none]);
}

/** An entry that is there already is its owner's: he may have changed it since. */
async function changesLeft({ wanted }: Proposal, things: Things): Promise<readonly Change[]> {
  const changes = await changesOf(wanted, things);
  return changes.filter(({ thing, before }) => thing.kind !== 'parameter' || before === null);
}

async function surroundingsOf({ environment, stage, machinePrefix }: Deployment) {
  const [, partition = 'aws', , region = '', account = ''] = machinePrefix.split(':');
  const settings = await functionSettings(homeAws(environment), `tender-${stage}-offer-join`);
  return {
    partition,
    region,
    account,
    joinKeyArn: setting(settings, 'JOIN_KEY_ARN'),
    registryPrefix: environment.REGISTRY_PREFIX ?? '/tender/clusters',
    rbac: manifestObjects<KubernetesObject>('rbac.yaml'),
    instancePolicy: deployed('node', 'instance-policy.json'),
  };
}

function show(
  context: CommandContext,
  { cluster, flavor, entry, steps }: Proposal,
  {
    changes,
    applied,
    held,
  }: { readonly changes: readonly Change[]; readonly applied: boolean; readonly held: readonly Held[] },
): void {
  const rows = changes.map(lineOf);
  const empty = `Cluster ${cluster} has all that it needs: nothing to change.`;
  print(context, { cluster, flavor, applied, entry, changes, held, steps }, { kind: 'rows', rows, empty });
  if (context.options.output !== 'table') return;
  const left = steps.map(
    ({ what, text }, index) => `${index + 1}. ${what}\n${text === undefined ? '' : indented(text)}`,
  );
  const next =
    applied || changes.length === 0
      ? ''
      : `\nNothing was changed. To do it: the same command with --apply; to take it back: npx tender cluster remove ${cluster}\n`;
  context.out.write(
    `\nThe entry (docs/clusters.md):\n\n${indented(dump(entry, { lineWidth: -1 }))}\nWhat is yours to do:\n\n${left.join('')}${next}${waiting(held)}`,
  );
}

function waiting(held: readonly Held[]): string {
  if (held.length === 0) return '';
  const lines = held.map(({ change, because }) => `- ${wordsOf(change.thing)}: ${because}\n`);
  return `\nNot done yet, since nobody would answer. Do the steps above, then the same command again:\n\n${lines.join('')}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '   ');
}
