import type { CoreV1Api, V1Node } from '@kubernetes/client-node';
import { kubernetesCallUnless } from './errors.ts';
import { listAll } from './list-all.ts';

/** Whose Node is looked for. */
interface Target {
  /** May be empty where the name is known. */
  readonly instanceId: string;
  readonly nodeName: string;
  /** What an instance's Node may be called. */
  readonly names: readonly string[];
}

/**
 * The Node of an instance: by its name, or, where nobody knows that, by its provider id; one without a provider id by what it may be called. `unknown`: there are Nodes
 * that do not say whose they are.
 */
export async function nodeOfInstance(
  core: CoreV1Api,
  { instanceId, nodeName: name, names }: Target,
): Promise<V1Node | 'none' | 'unknown'> {
  const named = name === '' ? undefined : await kubernetesCallUnless([404], core.readNode({ name }));
  if (named && (instanceId === '' || isOf(named, instanceId) || isNobodys(named))) return named;
  if (name !== '' && !named) return 'none';
  const nodes = await listAll((page) => core.listNode(page));
  const own = nodes.filter((node) => isOf(node, instanceId)).sort(youngestFirst)[0];
  const nobodys = nodes.filter(isNobodys);
  const found = own ?? nobodys.find(({ metadata }) => names.includes(metadata?.name ?? ''));
  return found ?? (nobodys.length > 0 ? 'unknown' : 'none');
}

/** No provider id yet, or no cloud controller that would give one. */
function isNobodys({ spec }: V1Node): boolean {
  return (spec?.providerID ?? '') === '';
}

function youngestFirst(a: V1Node, b: V1Node): number {
  return (b.metadata?.creationTimestamp?.getTime() ?? 0) - (a.metadata?.creationTimestamp?.getTime() ?? 0);
}

function isOf({ spec }: V1Node, instanceId: string): boolean {
  return spec?.providerID?.split('/').at(-1) === instanceId;
}
