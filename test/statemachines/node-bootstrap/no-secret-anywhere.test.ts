import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import type { KubeObject, Secret } from '../../../simulator/kubernetes/api/objects.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { leakedToken, pages, rehearse } from '../../support/scenarios/scenario.ts';

/** Everything secret that comes to be from now on: tokens, and what stands behind them. Private keys of nodes are read at the end. */
function collectSecrets({ cluster }: FaultScenario): Set<string> {
  const secrets = new Set([cluster.token]);
  cluster.kubernetes.store.listen('secrets', ({ object }) => {
    const text = (object as Secret).data?.['token-secret'];
    if (text !== undefined) secrets.add(Buffer.from(text, 'base64').toString('utf8'));
  });
  return secrets;
}

/** The lines of the private keys on the disks of all machines: one line found is a key found. */
function privateKeyLines({ cloud }: FaultScenario): string[] {
  const files = [...cloud.fleet.instances.all.values()].flatMap(({ machine }) => [...machine.files.values()]);
  return files.flatMap((text) =>
    [...text.matchAll(/-----BEGIN PRIVATE KEY-----\n([\s\S]+?)-----END/g)].flatMap(([, body = '']) =>
      // The first line of a P-256 key says only that it is one.
      body.trim().split('\n').slice(1),
    ),
  );
}

/** The text itself, in hex, and in base64 wherever it may stand in a longer one. */
function formsOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(`${'.'.repeat(offset)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '');
    // What the neighbours have a share in is cut off.
    return encoded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return [
    secret,
    Buffer.from(secret).toString('hex'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Every place in which people, or programs that may read more than they should, look; by name. */
function placesOf(scenario: FaultScenario): Map<string, string> {
  const { cloud, cluster, deployment, world } = scenario;
  const places = new Map<string, string>();
  for (const workflow of ['node-bootstrap', 'sweep', 'approve-node-csrs'])
    for (const { name, run } of deployment.executions(workflow))
      places.set(`execution ${name}`, JSON.stringify([run.history, run.outcome]));
  for (const { name, streams } of cloud.logs.groups())
    places.set(
      `log ${name}`,
      [...streams.values()].flatMap(({ events }) => events.map(({ message }) => message)).join('\n'),
    );
  for (const key of ['events', 'nodes', 'certificatesigningrequests.certificates.k8s.io', 'configmaps'])
    places.set(key, JSON.stringify(cluster.kubernetes.store.list<KubeObject>(key)));
  const bucket = cloud.buckets.find(deployment.resource('StateBucket'));
  for (const [key, versions] of bucket?.versions ?? [])
    places.set(`object ${key}`, versions.map(({ body }) => Buffer.from(body).toString('utf8')).join('\n'));
  for (const parameter of cloud.parameters.list())
    places.set(`parameter ${parameter.name}`, cloud.parameters.valueOf(parameter.name) ?? '');
  places.set('pages', JSON.stringify(pages(scenario)));
  places.set("the world's log", world.history.toText());
  return places;
}

describe('a whole run, good and bad', () => {
  it('leaves no token and no private key where somebody could read it', async () => {
    const scenario = await rehearse({
      node: {
        failures: failingInstances((ordinal) => (ordinal === 1 ? { name: 'csr-for-another-node' } : undefined)),
      },
    });
    const secrets = collectSecrets(scenario);
    const bad = await scenario.launch();
    const token = await leakedToken(scenario, bad);
    // A careless image prints what it has read: all of it passes through the diagnosis.
    const { machine } = scenario.cloud.fleet.instances.all.get(bad) ?? {};
    for (const line of [`kubeadm join --token ${token}`, `Authorization: Bearer ${scenario.cluster.token}`]) {
      machine?.console(line);
      machine?.journal('cloud-init', line);
    }
    await scenario.comesToRest();
    await scenario.cluster.scaleTo(2);
    const turns = scenario.events('StateEntered').filter(({ details }) => details.state === 'WaitForTargets').length;
    await scenario.stop(await scenario.untilState('WaitForTargets', turns + 1));
    await scenario.comesToRest();
    await scenario.world.advance(11 * 60_000);

    expect(scenario.outcomes().toSorted()).toEqual(
      expect.arrayContaining(['ABORTED', 'FAILED NodeNotBootstrapped', 'SUCCEEDED']),
    );
    const wanted = [...secrets, ...privateKeyLines(scenario)];
    expect(secrets.size, 'a token for each instance, and the one of Tender').toBeGreaterThanOrEqual(4);
    expect(wanted.length).toBeGreaterThan(secrets.size);
    const places = placesOf(scenario);
    const [diagnosis = ''] = [...places].flatMap(([name, text]) =>
      name.startsWith('object diagnosis/') ? [text] : [],
    );
    expect(diagnosis).toContain('kubeadm join --token');
    expect(diagnosis).toContain('[redacted]');
    const found = wanted.flatMap((secret, index) =>
      [...places].flatMap(([name, text]) =>
        formsOf(secret).some((form) => text.includes(form)) ? [`secret ${index} of ${wanted.length} in ${name}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });

  it('would be found out: the search sees a secret in each of its forms', () => {
    const secret = 'abcdefghijklmnop';
    for (const text of [
      secret,
      ...['', '1', '12'].map((before) => Buffer.from(`${before}${secret}34`).toString('base64')),
    ])
      expect(
        formsOf(secret).some((form) => text.includes(form)),
        text,
      ).toBe(true);
  });
});
