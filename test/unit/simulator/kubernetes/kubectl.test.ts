import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen } from '../../../../simulator/wire/http-server.ts';
import { testCluster } from './test-cluster.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

describe.skipIf(!hasKubectl)('kubectl on the simulated cluster (skipped where kubectl is not installed)', () => {
  const { cluster, world } = testCluster();
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  const pacing = new AbortController();
  let server: Listening;
  let paced: Promise<void>;

  beforeAll(async () => {
    cluster.seed.kubeadm();
    cluster.seed.networkPlugin();
    cluster.seed.hollowNode('node-a', { roles: ['control-plane'] });
    cluster.seed.hollowNode('node-b');
    await world.until('both are Ready', () => cluster.seed.readyNodes().length === 2, 60_000);
    const { certificate, privateKey } = cluster.serverCertificate();
    const tls = { key: privateKey, cert: certificate, ca: cluster.caCertificate };
    server = await listen({ endpoint: cluster, host: cluster.host, tls });
    writeFileSync(join(folder, 'config'), cluster.adminKubeconfig(server.url));
    paced = world.pace(20, pacing.signal);
  });

  afterAll(async () => {
    pacing.abort();
    await paced;
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const env = { ...process.env, KUBECONFIG: join(folder, 'config'), HOME: folder };

  function kubectl(args: string, input?: string): Promise<{ code: number; out: string }> {
    return new Promise((resolve) => {
      const child = execFile('kubectl', args.split(' '), { env, timeout: 90_000 }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, out: stdout + stderr }),
      );
      child.stdin?.end(input ?? '');
    });
  }

  it('lists nodes with their roles and versions', async () => {
    const { out } = await kubectl('get nodes');
    const rows = out
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(rows[0]).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
    expect(rows[1]?.slice(0, 3)).toEqual(['node-a', 'Ready', 'control-plane']);
    expect(rows[2]?.slice(0, 3)).toEqual(['node-b', 'Ready', '<none>']);
    expect((await kubectl('get nodes -o wide')).out).toContain('INTERNAL-IP');
  });

  it('describes a node with its events', async () => {
    const { out, code } = await kubectl('describe node node-b');
    expect(code).toBe(0);
    expect(out).toContain('KubeletReady');
    expect(out).toContain('Registered Node node-b in Controller');
  });

  it('applies, labels, annotates, taints, cordons and uncordons', async () => {
    const manifest = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { a: '1' },
    });
    expect((await kubectl('apply -f -', manifest)).out).toContain('configmap/settings created');
    expect((await kubectl('apply --validate=false -f -', manifest.replace('"1"', '"2"'))).out).toContain(
      'configmap/settings configured',
    );
    expect((await kubectl('get configmap settings -o jsonpath={.data.a}')).out).toBe('2');
    expect((await kubectl('label node node-b pool=blue')).out).toContain('node/node-b labeled');
    expect((await kubectl('annotate node node-b note=yes')).out).toContain('annotated');
    expect((await kubectl('taint node node-b a=b:NoSchedule')).out).toContain('tainted');
    expect((await kubectl('taint node node-b a=b:NoSchedule-')).out).toContain('untainted');
    expect((await kubectl('cordon node-b')).out).toContain('cordoned');
    expect((await kubectl('get node node-b')).out).toContain('Ready,SchedulingDisabled');
    expect((await kubectl('uncordon node-b')).out).toContain('uncordoned');
  }, 120_000);

  it('drains a node: evicts what a budget allows, waits for the pods to be gone', async () => {
    cluster.seed.deployment({ name: 'web', replicas: 2, minAvailable: 1 });
    expect((await kubectl('rollout status deployment/web --timeout=60s')).out).toContain('successfully rolled out');
    const { out, code } = await kubectl('drain node-b --ignore-daemonsets --timeout=60s');
    expect(out).toContain('node/node-b drained');
    expect(code).toBe(0);
    expect((await kubectl('get pods -o wide')).out).not.toContain('node-b');
    expect((await kubectl('get events')).out).toContain('SuccessfulCreate');
  }, 180_000);

  it('follows a watch while things happen', async () => {
    const columns = '-o=custom-columns=:.metadata.name,:.metadata.annotations.seen';
    const watching = spawn('kubectl', ['get', 'node', 'node-b', '--watch', '--no-headers', columns], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const seen: string[] = [];
      for await (const line of createInterface(watching.stdout)) {
        if (seen.push(line.replace(/\s+/, ' ').trim()) === 1) await kubectl('annotate node node-b seen=yes');
        if (line.endsWith('yes')) break;
      }
      expect([seen[0], seen.at(-1)]).toEqual(['node-b <none>', 'node-b yes']);
    } finally {
      watching.kill();
    }
  }, 120_000);

  it('deletes, and says what is not there', async () => {
    expect((await kubectl('delete configmap settings')).out).toContain('configmap "settings" deleted');
    expect((await kubectl('get node nobody')).out).toContain('Error from server (NotFound): nodes "nobody" not found');
    expect((await kubectl('auth can-i get pods')).out.trim()).toBe('yes');
  });
});
