import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Found, FoundGroup } from '../../../src/adoption/ports.ts';
import { propose } from '../../../src/adoption/propose.ts';
import { asCloudFormation, asTerraform } from '../../../src/adoption/render.ts';
import { parseCluster } from '../../../src/clusters/parse-cluster.ts';
import { textOf } from '../../support/source-files.ts';

const around = {
  partition: 'aws',
  region: 'us-east-1',
  account: '111111111111',
  joinKeyArn: 'arn:aws:kms:us-east-1:111111111111:key/1',
  registryPrefix: '/tender/clusters',
  rbac: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tender', namespace: 'kube-system' } }],
  instancePolicy: textOf('deploy/node/instance-policy.json'),
};

function group(name: string, more: Partial<FoundGroup> = {}): FoundGroup {
  return {
    name,
    tags: {},
    min: 1,
    max: 5,
    subnets: ['subnet-1'],
    template: { id: 'lt-1', version: '3', profile: 'node', userData: '' },
    instanceIds: [`i-${name}`],
    hooks: [],
    ...more,
  };
}

function found(more: Partial<Found> = {}): Found {
  return {
    name: 'demo',
    endpoint: 'https://api.demo.example.com:6443',
    certificateAuthority: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n',
    groups: [group('masters'), group('workers')],
    nodes: [
      { name: 'a', instanceId: 'i-masters', labels: { 'node-role.kubernetes.io/control-plane': '' } },
      { name: 'b', instanceId: 'i-workers', labels: {} },
    ],
    nodeNames: 'private-dns',
    kubeadm: true,
    daemonSets: ['kube-system/kube-proxy', 'monitoring/node-exporter'],
    profileRoles: { node: 'node-role' },
    ...more,
  };
}

const tagged = (key: string) => ({ tags: { [key]: { value: 'x', propagated: false } } });

describe('what a cluster needs', () => {
  it('is an entry that the registry takes, with the roles that its Nodes show', () => {
    const { entry, wanted, flavor } = propose(found(), around, {});

    expect(flavor).toBe('kubeadm');
    expect(parseCluster('demo', JSON.stringify(entry))).toMatchObject({
      bootstrap: 'tender',
      join: { requiredDaemonSets: ['kube-system/kube-proxy'] },
    });
    const roles = wanted.flatMap(({ thing, after }) =>
      thing.kind === 'tag' && thing.name === 'tender:role' ? [[thing.group, after]] : [],
    );
    expect(roles).toEqual([
      ['masters', { value: 'control-plane', propagated: true }],
      ['workers', { value: 'worker', propagated: true }],
    ]);
    const policy = wanted.find(({ thing }) => thing.kind === 'role-policy');
    const text = JSON.stringify(policy?.after);
    expect(text).toContain('"arn:aws:ssm:us-east-1:111111111111:parameter/tender/join/demo/*"');
    expect(text).toContain('{ec2:SourceInstanceARN}');
    expect(text).toContain(around.joinKeyArn);
  });

  it.each([
    ['eks', found({ groups: [group('workers', tagged('eks:cluster-name'))] }), 'access-role'],
    ['eks', found({ endpoint: 'https://ABC.gr7.us-east-1.eks.amazonaws.com' }), 'access-role'],
    ['kops', found({ groups: [group('nodes', tagged('kops.k8s.io/instancegroup'))] }), 'secret'],
    ['other', found({ kubeadm: false }), 'secret'],
  ])('of %s is known by its own signs, and lets nodes join by themselves', (flavor, seen, credential) => {
    const proposal = propose(seen, around, {});

    expect(proposal.flavor).toBe(flavor);
    expect(proposal.wanted.map(({ thing }) => thing.kind)).toContain(credential);
    expect(proposal.wanted.map(({ thing }) => thing.kind)).not.toContain('role-policy');
    expect(parseCluster('demo', JSON.stringify(proposal.entry)).bootstrap).toBe('self');
  });

  it('says in the entry what the cluster calls itself where the tags of its groups have another name', () => {
    const called = (name: string) => group('nodes', tagged(`kubernetes.io/cluster/${name}`));
    const kubernetesOf = (more: Partial<Found>) => propose(found(more), around, {}).entry.kubernetes;

    expect(kubernetesOf({ groups: [called('demo.k8s.example.com'), group('others')] })).toMatchObject({
      clusterName: 'demo.k8s.example.com',
    });
    const eks = propose(
      found({ groups: [called('Demo_1')], endpoint: 'https://ABC.gr7.us-east-1.eks.amazonaws.com' }),
      around,
      {},
    );
    expect(eks.entry.kubernetes).toMatchObject({ clusterName: 'Demo_1', auth: { clusterId: 'Demo_1' } });
    expect(eks.steps.map(({ text }) => text).join()).toContain('--cluster-name Demo_1 ');
    expect(kubernetesOf({ groups: [called('demo')] })).not.toHaveProperty('clusterName');
    expect(kubernetesOf({ groups: [called('a'), called('b')] })).not.toHaveProperty('clusterName');
  });

  it('leaves managed node groups without hooks, and says when only a name tells the role', () => {
    const managed = group('managed', { tags: { 'eks:nodegroup-name': { value: 'general', propagated: true } } });
    const empty = group('spare-control-plane', { instanceIds: [] });

    const { wanted, steps } = propose(found({ groups: [managed, empty] }), around, {});

    expect(wanted.flatMap(({ thing }) => (thing.kind === 'hook' ? [thing.group] : []))).toEqual([
      empty.name,
      empty.name,
    ]);
    const said = steps.map(({ what }) => what).join('\n');
    expect(said).toContain('managed is a managed node group');
    expect(said).toContain('spare-control-plane has no node, and is taken for control-plane by its name');
  });

  it.each([
    ['tuned', 900, 900],
    ['too short for heartbeats', 30, 300],
    ['longer than anybody should wait', 7200, 300],
  ])('has the hooks that tags name, with a heartbeat that is %s', (_case, heartbeatSeconds, kept) => {
    const tags = { 'tender:launch-hook': { value: 'own-launch', propagated: false } };
    const workers = group('workers', { tags, hooks: [{ name: 'own-launch', heartbeatSeconds }] });

    const { wanted } = propose(found({ groups: [workers] }), around, {});

    expect(wanted.flatMap(({ thing, after }) => (thing.kind === 'hook' ? [[thing.name, after]] : []))).toMatchObject([
      ['own-launch', { heartbeatTimeout: kept, defaultResult: 'ABANDON' }],
      ['tender-terminate', { heartbeatTimeout: 300 }],
    ]);
  });

  it('names the groups of workers whose user data says nothing of a join parameter', () => {
    const template = {
      id: 'lt-1',
      version: '3',
      profile: 'node',
      userData: 'JOIN_PARAMETER=/tender/join/demo/{instance-id}',
    };

    expect(propose(found(), around, {}).silent).toEqual(['workers']);
    expect(propose(found({ groups: [group('workers', { template })] }), around, {}).silent).toEqual([]);
  });

  it('is to be had as CloudFormation and as Terraform, with hooks that the first instances have', () => {
    const proposal = propose(found(), around, {});
    const { groups } = found();

    const template = load(asCloudFormation(proposal, groups)) as {
      readonly Resources: Readonly<Record<string, object>>;
    };
    const terraform = JSON.parse(asTerraform(proposal));

    expect(Object.keys(template.Resources)).toEqual([
      'RolePolicyNodeRole',
      'ParameterTenderClustersDemo',
      'GroupMasters',
      'GroupWorkers',
    ]);
    expect(template.Resources.GroupWorkers).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        AutoScalingGroupName: 'workers',
        MinSize: '1',
        LifecycleHookSpecificationList: [
          { LifecycleHookName: 'tender-launch' },
          { LifecycleHookName: 'tender-terminate', DefaultResult: 'CONTINUE' },
        ],
      },
    });
    expect(terraform.resource.aws_autoscaling_lifecycle_hook.workers_tender_launch).toEqual({
      autoscaling_group_name: 'workers',
      name: 'tender-launch',
      lifecycle_transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      heartbeat_timeout: 300,
      default_result: 'ABANDON',
    });
    expect(terraform.resource.aws_autoscaling_group_tag.workers_tender_role).toEqual({
      autoscaling_group_name: 'workers',
      tag: [{ key: 'tender:role', value: 'worker', propagate_at_launch: true }],
    });
    expect(Object.keys(terraform.resource)).toEqual([
      'aws_iam_role_policy',
      'aws_ssm_parameter',
      'aws_autoscaling_group_tag',
      'aws_autoscaling_lifecycle_hook',
    ]);
  });
});
