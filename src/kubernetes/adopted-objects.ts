import { isDeepStrictEqual } from 'node:util';
import { ApiException, type V1Node } from '@kubernetes/client-node';
import type { Json, Thing } from '../adoption/ports.ts';
import { ownerAnnotation } from '../drains/names.ts';
import { kubernetesCall } from './errors.ts';
import type { KubernetesConnection, PlainAnswer } from './open-cluster.ts';
import { plainList } from './plain-lists.ts';

type ObjectThing = Extract<Thing, { readonly kind: 'object' }>;

/** A month: no longer than most API servers grant, long enough to be renewed by hand. */
const TOKEN_SECONDS = 720 * 3600;
/** An object as the API server keeps it. */
type Stored = Readonly<Record<string, Json>> & { readonly metadata: Readonly<Record<string, Json>> };

/** A controller writes a status once or twice; more is another who does not stop. */
const maximumTurns = 5;
/** What a server writes by itself. */
const SERVERS = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink'];

/** Objects of a manifest in a cluster, as an administrator. */
export function adoptedObjects(connection: KubernetesConnection): {
  read(thing: ObjectThing): Promise<Json>;
  write(thing: ObjectThing, value: Json): Promise<void>;
} {
  return {
    async read(thing) {
      const answer = await asked(connection.get(pathOf(thing)), [200, 404]);
      return answer.status === 404 ? null : ownPart(parsed(answer));
    },
    async write(thing, value) {
      const path = pathOf(thing);
      if (value === null) {
        await asked(connection.send('DELETE', path), [200, 202, 404]);
        return;
      }
      const there = await asked(connection.get(path), [200, 404]);
      if (there.status === 404) {
        await asked(connection.send('POST', path.slice(0, path.lastIndexOf('/')), value as object), [201, 409]);
        return;
      }
      await replaced(connection, path, parsed(there), value as unknown as Stored);
    },
  };
}

/**
 * Replaces an object. Controllers write its status at any moment, that of an admission policy a moment after it was made: what somebody has written is the same then,
 * and it is tried again.
 * @throws ConflictingWrite when somebody has written it meanwhile, or it changes each time
 */
async function replaced(connection: KubernetesConnection, path: string, there: Stored, wanted: Stored): Promise<void> {
  let seen = there;
  for (let turn = 1; ; turn += 1) {
    // Some kinds take no update that does not say what it is an update of.
    const { resourceVersion } = seen.metadata;
    const body = { ...wanted, metadata: { ...wanted.metadata, resourceVersion } };
    const put = await asked(connection.send('PUT', path, body), turn < maximumTurns ? [200, 409] : [200]);
    if (put.status === 200) return;
    seen = parsed(await asked(connection.get(path), [200]));
    if (!isDeepStrictEqual(ownPart(seen), ownPart(there))) await asked(Promise.resolve(put), [200]);
  }
}

/** A new token of the service account `kube-system/tender`. */
export async function mintedToken(connection: KubernetesConnection): Promise<string> {
  const path = '/api/v1/namespaces/kube-system/serviceaccounts/tender/token';
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const { text } = await asked(connection.send('POST', path, body), [200, 201]);
  return (JSON.parse(text) as { readonly status: { readonly token: string } }).status.token;
}

/** The UID of the namespace kube-system: no two clusters have the same, and it stays for as long as a cluster does. */
export async function clusterUid(connection: KubernetesConnection): Promise<string> {
  const { text } = await asked(connection.get('/api/v1/namespaces/kube-system'), [200]);
  return (JSON.parse(text) as { readonly metadata: { readonly uid: string } }).metadata.uid;
}

/** The Nodes that an execution works on, or has emptied. */
export async function ownedNodes(connection: KubernetesConnection): Promise<readonly string[]> {
  const nodes = await plainList<V1Node, string>(connection, '/api/v1/nodes', {}, ({ metadata }) =>
    metadata?.annotations?.[ownerAnnotation] === undefined ? '' : (metadata.name ?? ''),
  );
  return nodes.filter((name) => name !== '');
}

/** Whether kubeadm has left what it keeps in every cluster that it made. */
export async function isMadeByKubeadm(connection: KubernetesConnection): Promise<boolean> {
  const path = '/api/v1/namespaces/kube-system/configmaps/kubeadm-config';
  return (await asked(connection.get(path), [200, 403, 404])).status === 200;
}

function asked(call: Promise<PlainAnswer>, fine: readonly number[]): Promise<PlainAnswer> {
  return kubernetesCall(
    call.then((answer) => {
      if (fine.includes(answer.status)) return answer;
      throw new ApiException(answer.status, 'The request was refused', answer.text, {});
    }),
  );
}

function parsed({ text }: PlainAnswer): Stored {
  return JSON.parse(text) as Stored;
}

function pathOf({ apiVersion, object, namespace, name }: ObjectThing): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = `${object.toLowerCase().replace(/y$/, 'ie')}s`;
  return `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}/${name}`;
}

/** What somebody has written, without what the server adds about it. */
function ownPart({ metadata, status: _status, ...rest }: Stored): Json {
  const fields = Object.entries(metadata).filter(([key]) => !SERVERS.includes(key));
  return { ...rest, metadata: Object.fromEntries(fields) };
}
