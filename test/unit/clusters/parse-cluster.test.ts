import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterJsonSchema } from '../../../scripts/build/cluster-json-schema.ts';
import { policyPage } from '../../../scripts/build/policy-page.ts';
import { ClusterMisconfigured } from '../../../src/clusters/errors.ts';
import { parseCluster } from '../../../src/clusters/parse-cluster.ts';
import { updatesOf } from '../../../src/clusters/updates.ts';
import { entryText, PEM } from './cluster-texts.ts';

const docs = resolve(import.meta.dirname, '../../../docs');

function problemsOf(name: string, text: string): readonly string[] {
  try {
    parseCluster(name, text);
  } catch (error) {
    if (error instanceof ClusterMisconfigured) return error.problems;
    throw error;
  }
  throw new Error('the entry was accepted');
}

describe('a registry entry', () => {
  it('gets every default that the example documents', () => {
    const cluster = parseCluster('demo', entryText());
    expect(cluster).toMatchObject({
      kind: 'self-managed',
      nodeNames: 'private-dns',
      bootstrap: 'tender',
      csrApproval: 'tender',
      join: {
        apiServerEndpoint: 'api.demo.example.com:6443',
        timeoutSeconds: 900,
        tokenTtlSeconds: 1800,
        cloudProvider: 'external',
        requiredDaemonSets: [],
      },
      drain: {
        timeoutSeconds: 900,
        notReadyTimeoutSeconds: 30,
        graceCapSeconds: 900,
        whenTimeIsUp: 'give-up',
        deleteEmptyDirData: true,
        evictUnmanaged: true,
        doNotDisruptAnnotations: [
          'tender.sh/do-not-disrupt',
          'karpenter.sh/do-not-disrupt',
          'cluster-autoscaler.kubernetes.io/safe-to-evict=false',
        ],
        outOfServiceTaint: true,
      },
      retire: { whenDrainFails: 'continue', rebalance: 'ignore', launchFirst: false, maintenance: 'retire' },
      disruptions: { perGroup: 1, perCluster: '10%' },
      schedules: {
        approveNodeCsrsMinutes: 10,
        loadBalancerSyncMinutes: 5,
        etcdSnapshotMinutes: 15,
        etcdMaintenanceMinutes: 1440,
        healthMinutes: 1,
        updateWatchMinutes: 15,
      },
      updates: {
        policy: 'notify',
        way: 'image',
        windows: [],
        blackouts: [],
        maxSurge: 1,
        maxUnavailable: 1,
        bakeMinutes: 30,
        joinMinutes: 30,
        alarms: [],
        podsNotReady: 0,
        podsRestarted: 0,
        groups: {},
      },
      health: {
        repair: 'on',
        rules: [],
        breaker: {
          perGroup: '20%',
          smallGroup: 1,
          perZone: '50%',
          perCluster: '20%',
          coolDownMinutes: 15,
          failedJoins: 3,
        },
        flapping: { transitions: 5, withinMinutes: 60 },
        rungMinutes: { restart: 5, reboot: 10, replace: 30 },
        quietMinutes: 5,
      },
    });
    expect(cluster.roles.etcd).toEqual({
      labels: {},
      taints: [],
      nodeRoleLabel: true,
      targetGroups: [],
      classicLoadBalancers: [],
    });
  });

  it('fills in a role that is only begun', () => {
    const cluster = parseCluster('demo', entryText({ roles: { worker: { classicLoadBalancers: [{ name: 'old' }] } } }));
    expect(cluster.roles.worker).toMatchObject({
      nodeRoleLabel: true,
      classicLoadBalancers: [{ name: 'old', gate: false }],
    });
  });

  it('takes the port of an endpoint without one to be 443', () => {
    const text = entryText().replace('example.com:6443', 'example.com');
    expect(parseCluster('demo', text).join.apiServerEndpoint).toBe('api.demo.example.com:443');
  });

  it('reads the authority from base64 as kubeconfigs have it', () => {
    const entry = JSON.parse(entryText());
    entry.kubernetes.certificateAuthority = Buffer.from(PEM).toString('base64');
    expect(parseCluster('demo', JSON.stringify(entry)).kubernetes.certificateAuthority).toBe(PEM);
  });

  describe('and what it calls itself to its own controllers', () => {
    const kubernetesOf = (changes: object) => {
      const entry = JSON.parse(entryText());
      return JSON.stringify({ ...entry, kubernetes: { ...entry.kubernetes, ...changes } });
    };
    const roleArn = 'arn:aws:iam::111111111111:role/tender-access-demo';
    const auth = { kind: 'iam', clusterId: 'Demo_1', roleArn };
    const namesOf = (text: string) => parseCluster('demo', text).kubernetes.clusterNames;

    it('is what the entry says', () => {
      expect(namesOf(kubernetesOf({ clusterName: 'demo.k8s.example.com', auth }))).toEqual(['demo.k8s.example.com']);
    });

    it('is else its name, or what it calls itself to aws-iam-authenticator', () => {
      expect(namesOf(kubernetesOf({}))).toEqual(['demo']);
      expect(namesOf(kubernetesOf({ auth }))).toEqual(['Demo_1', 'demo']);
    });

    it.each(['', '-demo', 'demo cluster', 'arn:aws:eks', 'd'.repeat(107)])(
      'is refused where no tag could be so: %j',
      (clusterName) => {
        expect(problemsOf('demo', kubernetesOf({ clusterName }))).toEqual([
          'kubernetes.clusterName: must begin with a letter or digit, and have at most 106 of A-Z a-z 0-9 - _ .',
        ]);
      },
    );
  });

  it('of EKS leaves joining and certificates to EKS', () => {
    expect(parseCluster('demo', entryText({ kind: 'eks' }))).toMatchObject({ bootstrap: 'self', csrApproval: 'off' });
  });

  it('of EKS that wants Tender to join nodes or approve certificates is refused, with the reason', () => {
    expect(problemsOf('demo', entryText({ kind: 'eks', csrApproval: 'tender', bootstrap: 'tender' }))).toEqual([
      'csrApproval: must be off with kind eks, because EKS approves the certificates of its nodes itself',
      'bootstrap: must be self with kind eks, because EKS nodes join by IAM and an access entry, not by a bootstrap token',
    ]);
  });

  it('of EKS that describes an etcd is refused, since nobody reaches that', () => {
    const etcd = { secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf' };
    expect(problemsOf('demo', entryText({ kind: 'eks', etcd }))).toEqual([
      'etcd: must be absent with kind eks, because EKS lets nobody reach its etcd, and backs it up itself',
    ]);
  });

  it('whose control-plane nodes kubeadm is to join describes etcd, and lies in this account', () => {
    const join = { controlPlane: 'kubeadm' };
    const aws = { roleArn: 'arn:aws:iam::222222222222:role/tender-access-demo' };
    const etcd = { secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf' };

    expect(problemsOf('demo', entryText({ join, aws }))).toEqual([
      'join.controlPlane: must be self without etcd, because a member joins only an etcd that is seen to be well',
      'join.controlPlane: must be self with aws.roleArn, because Tender’s commands reach instances of its own account',
    ]);
    expect(parseCluster('demo', entryText({ join, etcd })).join.controlPlane).toBe('kubeadm');
  });

  it('keeps snapshots of etcd by the usual tiers unless it says otherwise, and reaches etcd by TLS only', () => {
    const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf';
    expect(parseCluster('demo', entryText({ etcd: { secretArn } })).etcd).toEqual({
      secretArn,
      drills: { everyDays: 7, canaryKeys: ['/registry/namespaces/kube-system', '/registry/namespaces/default'] },
      snapshots: { everythingForHours: 1, hourlyForDays: 7, dailyForDays: 90 },
      maintenance: { defragmentBelowPercent: 50, minimumMebibytes: 100 },
    });
    expect(problemsOf('demo', entryText({ etcd: { secretArn, endpoints: ['http://10.0.0.10:2379'] } }))).toEqual([
      'etcd.endpoints[0]: must be an https URL',
    ]);
  });

  it('takes budgets as a number or as a percentage, and nothing else', () => {
    const entry = (perGroup: unknown) => entryText({ disruptions: { perGroup, perCluster: '100%' } });
    expect(parseCluster('demo', entry(3)).disruptions).toEqual({ perGroup: 3, perCluster: '100%' });
    expect(parseCluster('demo', entry('25%')).disruptions.perGroup).toBe('25%');
    const problem = 'must be a whole number from 1, or a percentage from 1% to 100%, as in 10%';
    for (const wrong of ['10', '0%', '101%', '1.5%', '10 %', true]) {
      expect(problemsOf('demo', entry(wrong)), String(wrong)).toEqual([`disruptions.perGroup: ${problem}`]);
    }
    expect(problemsOf('demo', entry(0))).toEqual(['disruptions.perGroup: must be at least 1']);
    expect(problemsOf('demo', entry(1.5))).toEqual([expect.stringMatching(/^disruptions\.perGroup: must be/)]);
  });

  it('waits no longer for a node that is not ready than for a healthy one', () => {
    const problem = expect.stringMatching(/^drain\.notReadyTimeoutSeconds: must be at most drain\.timeoutSeconds/);
    const entry = (drain: Record<string, unknown>) => entryText({ drain });
    expect(problemsOf('demo', entry({ notReadyTimeoutSeconds: 901 }))).toEqual([problem]);
    expect(problemsOf('demo', entry({ timeoutSeconds: 60, notReadyTimeoutSeconds: 61 }))).toEqual([problem]);
    expect(parseCluster('demo', entry({ timeoutSeconds: 30 })).drain.notReadyTimeoutSeconds).toBe(30);
  });

  it('names annotations by key, or by key and value', () => {
    const entry = (...doNotDisruptAnnotations: string[]) => entryText({ drain: { doNotDisruptAnnotations } });
    const given = ['example.com/hold', 'hold', 'example.com/hold=a, b = c'];
    expect(parseCluster('demo', entry(...given)).drain.doNotDisruptAnnotations).toEqual(given);
    expect(problemsOf('demo', entry('not a key=true'))).toEqual([
      'drain.doNotDisruptAnnotations[0]: must be the key of an annotation, or key=value',
    ]);
  });

  it('lives in the account of the role that it names', () => {
    const roleArn = 'arn:aws:iam::222222222222:role/tender-access-demo';
    expect(parseCluster('demo', entryText({ aws: { roleArn } })).aws.accountId).toBe('222222222222');
    expect(parseCluster('demo', entryText()).aws.accountId).toBeUndefined();
    expect(problemsOf('demo', entryText({ aws: { roleArn, accountId: '111111111111' } }))).toEqual([
      'aws.accountId: must be the account of aws.roleArn, because that role is used in the cluster’s account',
    ]);
  });

  it('that is reached by IAM names the one role that the cluster knows', () => {
    const entry = JSON.parse(entryText());
    entry.kubernetes.auth = { kind: 'iam', clusterId: 'demo' };
    expect(problemsOf('demo', JSON.stringify(entry))).toEqual([
      expect.stringMatching(/^kubernetes\.auth\.roleArn: is needed/),
    ]);
    const roleArn = 'arn:aws:iam::111111111111:role/tender-access-demo';
    expect(parseCluster('demo', JSON.stringify({ ...entry, aws: { roleArn } })).kubernetes.auth.kind).toBe('iam');
  });

  it('tells all its problems at once, each with its path and what would be right', () => {
    const text = `
name: other
kind: ekss
nodeName: private-dns
kubernetes:
  endpoint: http://api.example.com
  certificateAuthority: no certificate
  auth: {kind: tokn}
join: {timeoutSeconds: 5, requiredDaemonSets: [cilium]}
roles:
  worker:
    taint: []
    taints: [{key: a, effect: NoScheduling}]
    targetGroups: [{arn: "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/x/1", gates: true}]
`;
    expect(problemsOf('demo', text)).toEqual([
      'kind: must be one of self-managed, eks; did you mean eks?',
      'kubernetes.endpoint: must be an https URL',
      'kubernetes.certificateAuthority: must be a certificate in PEM, plain or base64',
      'kubernetes.auth.kind: must be one of token, kubeconfig, iam; did you mean token?',
      'join.timeoutSeconds: must be at least 120',
      'join.requiredDaemonSets[0]: must be namespace/name',
      'roles.worker.taints[0].effect: must be one of NoSchedule, PreferNoSchedule, NoExecute; did you mean NoSchedule?',
      'roles.worker.targetGroups[0].gates: is not a known field; did you mean gate?',
      'roles.worker.taint: is not a known field; did you mean taints?',
      'nodeName: is not a known field; did you mean nodeNames?',
      'name: must be demo, as the parameter is called',
    ]);
  });

  it.each<[string, object, string]>([
    [
      'a ladder that goes down',
      { rules: [{ signal: 'NotReady', afterMinutes: 5, ladder: ['reboot', 'restart'] }] },
      'health.rules[0].ladder: must climb: restart, reboot, replace, page, each at most once',
    ],
    [
      'a rung twice',
      { rules: [{ signal: 'NotReady', afterMinutes: 5, ladder: ['page', 'page'] }] },
      'health.rules[0].ladder: must climb: restart, reboot, replace, page, each at most once',
    ],
    [
      'a signal twice',
      {
        rules: [
          { signal: 'Vendor', afterMinutes: 5, ladder: [] },
          { signal: 'Vendor', afterMinutes: 6, ladder: [] },
        ],
      },
      'health.rules: must name each signal (and status) once',
    ],
    [
      'a status of what is no condition',
      { rules: [{ signal: 'NotReady', status: 'False', afterMinutes: 5, ladder: [] }] },
      'health.rules[0].status: must be absent, because this signal is not a condition',
    ],
    [
      'Ready itself',
      { rules: [{ signal: 'Ready', afterMinutes: 5, ladder: [] }] },
      'health.rules[0].signal: must be NotReady or Unknown, since Ready has those two',
    ],
    [
      'no signal',
      { rules: [{ signal: 'two words', afterMinutes: 5, ladder: [] }] },
      'health.rules[0].signal: must be a signal, the type of a Node’s condition, Alarm:<name of an alarm>, or Event:<reason of a Node’s Event>',
    ],
    [
      'a reboot of a cluster',
      { rules: [{ signal: 'ApiServerAway', afterMinutes: 5, ladder: ['reboot'] }] },
      'health.rules[0].ladder: must be [page] or empty, because this signal is of no node',
    ],
    [
      'a breaker in words',
      { breaker: { perGroup: 'a fifth' } },
      'health.breaker.perGroup: must be a percentage from 1% to 100%, as in 20%',
    ],
    [
      'a pause without a zone',
      { pausedUntil: '2026-03-01 12:00' },
      'health.pausedUntil: must be a time in UTC, as in 2026-03-01T12:00:00Z',
    ],
  ])('about health refuses %s', (_, health, problem) => {
    expect(problemsOf('demo', entryText({ health }))).toEqual([problem]);
  });

  it('about health takes a rule for each status of a condition, for an alarm, and for a domain’s own condition', () => {
    const rules = [
      { signal: 'Vendor', status: 'True', afterMinutes: 5, ladder: ['restart', 'page'] },
      { signal: 'Vendor', status: 'Unknown', afterMinutes: 60, ladder: [] },
      { signal: 'example.com/GpuReady', afterMinutes: 0, ladder: ['replace'] },
      { signal: 'Alarm:disk queue (root)', afterMinutes: 5, ladder: ['reboot', 'replace', 'page'] },
    ];

    expect(parseCluster('demo', entryText({ health: { rules } })).health.rules).toEqual(rules);
  });

  it.each<[string, object, string]>([
    [
      'a parameter that the functions may not read',
      { source: { kind: 'parameter', name: '/golden/image' } },
      'updates.source.name: must begin with /aws/service/ or /tender/images/, since the functions may read no other',
    ],
    [
      'images of anybody',
      { source: { kind: 'image-name', name: 'golden-*', owner: 'all' } },
      'updates.source.owner: must be an account of twelve digits, self or amazon',
    ],
    [
      'a time zone that nobody knows',
      { windows: [{ start: '02:00', minutes: 60, timeZone: 'Europe/Bonn' }] },
      'updates.windows[0].timeZone: must be a time zone of the IANA database, as in Europe/Berlin',
    ],
    [
      'an offset for a time zone',
      { windows: [{ start: '02:00', minutes: 60, timeZone: '+01:00' }] },
      'updates.windows[0].timeZone: must be a time zone of the IANA database, as in Europe/Berlin',
    ],
    [
      'a day that is none',
      { blackouts: [{ from: '2026-02-30', until: '2026-03-01' }] },
      'updates.blackouts[0].from: must be a day, as in "2026-12-20", or a time, as in "2026-12-20T18:00"',
    ],
    [
      'a blackout that ends before it begins',
      { blackouts: [{ from: '2026-03-01T12:00', until: '2026-03-01T12:00' }] },
      'updates.blackouts[0].until: must be later than from',
    ],
    [
      'a source where nodes find their updates themselves',
      { way: 'in-place', source: { kind: 'flatcar', channel: 'stable' } },
      'updates.source: must be absent with way in-place, because such nodes find their updates themselves',
    ],
    [
      'a source of a group that finds its updates itself',
      { groups: { 'demo-worker': { way: 'in-place', source: { kind: 'flatcar', channel: 'stable' } } } },
      'updates.groups.demo-worker.source: must be absent with way in-place, because such nodes find their updates themselves',
    ],
    [
      'for a group what only a cluster has',
      { groups: { 'demo-worker': { joinMinutes: 30 } } },
      'updates.groups.demo-worker.joinMinutes: is not a known field; did you mean bakeMinutes?',
    ],
  ])('about updates refuses %s', (_, updates, problem) => {
    expect(problemsOf('demo', entryText({ updates }))).toEqual([problem]);
  });

  it('about updates says for a group what differs, and for the cluster the rest', () => {
    const source = { kind: 'flatcar', channel: 'stable' };
    const groups = { 'demo-worker': { policy: 'auto', maxSurge: '20%' }, 'demo-storage': { way: 'in-place' } };
    const { updates } = parseCluster('demo', entryText({ updates: { source, bakeMinutes: 5, groups } }));

    expect(updatesOf(updates, 'demo-worker')).toMatchObject({
      policy: 'auto',
      way: 'image',
      source,
      maxSurge: '20%',
      bakeMinutes: 5,
    });
    expect(updatesOf(updates, 'demo-storage')).toMatchObject({ policy: 'notify', way: 'in-place', maxSurge: 1 });
    expect(updatesOf(updates, 'constructor')).toEqual(expect.not.objectContaining({ groups: expect.anything() }));
  });

  it('never repeats a value, which might be a secret that stands in the wrong place', () => {
    const secret = 'abcdef.0123456789abcdef';
    const entry = { ...JSON.parse(entryText()), nodeNames: secret, kind: secret, schedules: secret };
    entry.kubernetes.auth = { kind: 'token', secretArn: secret };
    expect(problemsOf('demo', JSON.stringify(entry)).join()).not.toContain(secret);
    expect(problemsOf('demo', `{ token: ${secret}`).join()).not.toContain(secret);
  });

  it('that is neither YAML nor JSON says where', () => {
    expect(problemsOf('demo', 'name: demo\n  kind: [')[0]).toMatch(/neither YAML nor JSON: .* at line 2, column \d+/);
  });

  it('that is no object at all says so', () => {
    expect(problemsOf('demo', 'demo')).toEqual(['(the whole value): must be an object']);
  });
});

describe('the documentation of the registry', () => {
  it('has an example that can be used', async () => {
    const cluster = parseCluster('demo', await readFile(resolve(docs, 'examples/cluster.yaml'), 'utf8'));
    expect(cluster.roles.worker.targetGroups[0]?.gate).toBe(true);
  });

  it('has a JSON Schema and a reference that are up to date; otherwise: npx node scripts/write-cluster-schema.ts', async () => {
    expect(await readFile(resolve(docs, 'cluster.schema.json'), 'utf8')).toBe(clusterJsonSchema());
    expect(await readFile(resolve(docs, 'reference/policy.md'), 'utf8')).toBe(policyPage());
  });
});

describe('hooks of the user’s own', () => {
  const lambda = { kind: 'lambda', arn: 'arn:aws:lambda:us-east-1:111111111111:function:tender-hook-x' };
  const document = { kind: 'ssm-document', name: 'tender-hook-x' };
  const withHooks = (...userHooks: readonly object[]) => entryText({ userHooks });

  it('get their defaults', () => {
    const { userHooks } = parseCluster('demo', withHooks({ name: 'one', at: 'before-drain', run: lambda }));
    expect(userHooks).toEqual([
      { name: 'one', at: 'before-drain', run: lambda, timeoutSeconds: 60, onFailure: 'continue' },
    ]);
  });

  it.each([
    [{ at: 'before-drian' }, /userHooks\[0\]\.at: .*before-drain/],
    [{ run: { kind: 'lambda', arn: 'arn:aws:lambda:us-east-1:111111111111:function:mine' } }, /tender-hook-/],
    [
      { run: document, at: 'before-snapshot' },
      /userHooks\[0\]\.run\.kind: must be lambda or state-machine at before-snapshot/,
    ],
    [{ run: document, at: 'after-terminate' }, /no instance listens/],
    [{ timeoutSeconds: 901 }, /userHooks\[0\]\.timeoutSeconds: must be at most 900/],
    [{ at: 'after-snapshot', onFailure: 'block' }, /userHooks\[0\]\.onFailure: must be continue at after-snapshot/],
  ])('are refused where they cannot be: %j', (more, problem) => {
    const problems = problemsOf('demo', withHooks({ name: 'one', at: 'before-drain', run: lambda, ...more }));
    expect(problems.join('\n')).toMatch(problem);
  });

  it('are refused with one name for two, and documents for instances of another account', () => {
    const one = { name: 'one', at: 'before-drain', run: lambda };
    expect(problemsOf('demo', withHooks(one, one))).toEqual(['userHooks[1].name: must be used once']);
    const aws = { roleArn: 'arn:aws:iam::222222222222:role/tender-access-demo', externalId: 'x' };
    expect(problemsOf('demo', entryText({ aws, userHooks: [{ ...one, run: document }] })).join()).toMatch(
      /userHooks\[0\]\.run\.kind: must be lambda or state-machine with aws\.roleArn/,
    );
  });
});
