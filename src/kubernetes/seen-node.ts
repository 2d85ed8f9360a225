import { ownerAnnotation } from '../drains/names.ts';

/** What of a Node Tender changes, as the API server gave it; undefined: it gave no Node. */
export function seenNode(text: string): Readonly<Record<string, unknown>> | undefined {
  const { kind, metadata, spec } = parsed(text);
  if (kind !== 'Node') return undefined;
  const taints = (spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  const owner = metadata?.annotations?.[ownerAnnotation];
  return { unschedulable: spec?.unschedulable === true, taints, ...(owner !== undefined && { owner }) };
}

interface SeenNode {
  readonly kind?: string;
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
}

function parsed(text: string): SeenNode {
  try {
    return JSON.parse(text) as SeenNode;
  } catch {
    return {};
  }
}
