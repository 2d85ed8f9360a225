import type { SimulatedMachine } from '../../simulator/instances/simulated-machine.ts';
import type { HttpResponse } from '../../simulator/wire/http.ts';
import type { KubeadmTree } from './kubeadm-tree.ts';

/** Makes a tree the disk of an instance: Run Command's scripts run on it, and reach AWS as the instance. */
export function attachTree(machine: SimulatedMachine, node: KubeadmTree): void {
  machine.shell = node;
  node.outside = {
    parameter: async (Name) => {
      const answer = await machine.aws('ssm', 'GetParameter', { Name, WithDecryption: true });
      return (answer as { readonly Parameter: { readonly Value: string } }).Parameter.Value;
    },
    download: async (address) => {
      const { hostname: host, pathname, search } = new URL(address);
      const path = pathname + search;
      const request = { method: 'GET', host, port: 443, path, headers: { host }, body: new Uint8Array() };
      const answer = await machine.http(request);
      if (answer.status !== 200) throw new Error(`${answer.status} ${Buffer.from(await bytesOf(answer))}`);
      return bytesOf(answer);
    },
  };
}

async function bytesOf({ body }: HttpResponse): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
