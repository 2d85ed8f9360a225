import { listen } from '../../../simulator/wire/http-server.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';

/** Opens a socket of the cluster's API server while the work is done; `url` is where. */
export async function atTheApiServer(scenario: FaultScenario, work: (url: string) => Promise<void>): Promise<void> {
  const { kubernetes } = scenario.cluster;
  const { certificate, privateKey } = kubernetes.serverCertificate();
  const tls = { cert: certificate, key: privateKey, ca: kubernetes.caCertificate };
  const door = await listen({ endpoint: kubernetes, host: kubernetes.host, tls });
  // Functions reach it by the same address.
  const detach = scenario.cloud.network.attach('127.0.0.1', kubernetes);
  try {
    await work(door.url);
  } finally {
    detach();
    await door.close();
  }
}

/** Writes the registry entry anew, with these fields instead of what it says; `kubernetes` is added to. */
export async function rewriteEntry(scenario: FaultScenario, change: Readonly<Record<string, unknown>>): Promise<void> {
  const Name = `/tender/clusters/${scenario.cluster.name}`;
  const old = JSON.parse(scenario.cloud.parameters.valueOf(Name) ?? '{}') as Record<string, object>;
  const { kubernetes, ...rest } = change;
  const entry = { ...old, ...rest, kubernetes: { ...old.kubernetes, ...(kubernetes as object | undefined) } };
  await scenario.operate('ssm', 'PutParameter', {
    Name,
    Type: 'String',
    Value: JSON.stringify(entry),
    Overwrite: true,
  });
}
