import { describe, expect, it } from 'vitest';
import { imageVersions } from '../../../src/aws/image-versions.ts';
import { machineImages } from '../../../src/aws/machine-images.ts';
import { pastUpdates } from '../../../src/aws/s3-past-updates.ts';
import { s3WatchDocuments } from '../../../src/aws/s3-watch-documents.ts';
import { updatableGroups } from '../../../src/aws/updatable-groups.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const tag = (Key: string, Value: string) => ({ Key, Value });
const mixed = (Version: string, own: readonly object[] = []) => ({
  MixedInstancesPolicy: {
    LaunchTemplate: {
      LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1', Version },
      Overrides: [{ InstanceType: 'm7g.large' }, ...own],
    },
  },
});

describe('groups that may be updated', () => {
  it('come with who owns them, their launch template wherever it stands, and members that stay', async () => {
    const groups = [
      {
        AutoScalingGroupName: 'plain',
        LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '7' },
        Tags: [tag('tender:paused', 'true'), tag('tender:role', 'control-plane')],
        Instances: [
          { InstanceId: 'i-1', LifecycleState: 'InService' },
          { InstanceId: 'i-2', LifecycleState: 'Terminating:Wait' },
          { InstanceId: 'i-3', LifecycleState: 'Warmed:Stopped' },
        ],
      },
      {
        AutoScalingGroupName: 'mixed',
        ...mixed('$Default'),
        Tags: [tag('eks:nodegroup-name', 'general'), tag('eks:cluster-name', 'shop')],
      },
      {
        AutoScalingGroupName: 'own',
        ...mixed('8', [{ LaunchTemplateSpecification: { LaunchTemplateId: 'lt-2', Version: '$Latest' } }]),
        Tags: [tag('karpenter.sh/nodepool', 'default')],
      },
      { AutoScalingGroupName: 'old' },
    ];
    const aws = scriptedAws({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: groups }) });
    const found = await updatableGroups(aws).ofCluster('demo');
    expect(found).toMatchObject([
      {
        name: 'plain',
        role: 'control-plane',
        owner: '',
        paused: 'true',
        template: { id: 'lt-1', version: '7' },
        instanceIds: ['i-1'],
      },
      {
        owner: '',
        managed: { clusterName: 'shop', nodeGroup: 'general' },
        template: { id: 'lt-1', version: '$Default' },
        ownTemplates: false,
      },
      { owner: 'Karpenter', template: { id: 'lt-1', version: '8' }, ownTemplates: true },
      { template: null, role: 'worker' },
    ]);
    expect(await updatableGroups(aws).followersOf('lt-2')).toEqual(['own']);
    expect(await updatableGroups(aws).followersOf('lt-1')).toEqual([]);
  });
});

describe('versions of launch templates', () => {
  it('are made from another one with the image alone, and one that is sent twice is one', async () => {
    const version = { VersionNumber: 8, LaunchTemplateData: { ImageId: 'ami-2', InstanceType: 'm7g.large' } };
    const aws = scriptedAws({ CreateLaunchTemplateVersion: () => ({ LaunchTemplateVersion: version }) });
    const order = { from: '7', imageId: 'ami-2', description: 'x'.repeat(300), token: 'lt-1 7 ami-2 2026-03-01' };
    const made = await imageVersions(aws).derive('lt-1', order);
    await imageVersions(aws).derive('lt-1', order);

    expect(made).toEqual({ version: '8', imageId: 'ami-2', data: version.LaunchTemplateData });
    expect(aws.sent[0]?.[1]).toMatchObject({
      LaunchTemplateId: 'lt-1',
      SourceVersion: '7',
      LaunchTemplateData: { ImageId: 'ami-2' },
      VersionDescription: 'x'.repeat(255),
    });
    expect(aws.sent[1]?.[1]).toEqual(aws.sent[0]?.[1]);
  });

  it('that are not there are nothing, and what is refused is told', async () => {
    const gone = scriptedAws({
      DescribeLaunchTemplateVersions: () => awsError('InvalidLaunchTemplateId.VersionNotFound'),
    });
    expect(await imageVersions(gone).read('lt-1', '9')).toBeUndefined();
    const refused = scriptedAws({ DescribeLaunchTemplateVersions: () => awsError('UnauthorizedOperation') });
    await expect(imageVersions(refused).read('lt-1', '9')).rejects.toMatchObject({ name: 'AwsAccessDenied' });
  });
});

describe('images', () => {
  it('are asked for by owner, name and architecture, and are available', async () => {
    const image = { ImageId: 'ami-1', Name: 'golden-1', CreationDate: '2026-01-01', Architecture: 'arm64' };
    const aws = scriptedAws({ DescribeImages: () => ({ Images: [image] }) });
    // One that its owner has deprecated is launched by its id all the same.
    expect(await machineImages(aws).byId('ami-1')).toMatchObject({ imageId: 'ami-1' });
    expect(aws.sent.pop()?.[1]).toMatchObject({ IncludeDeprecated: true });
    const filter = { name: 'golden-*', owner: 'self', architecture: 'arm64' };
    expect(await machineImages(aws).named(filter)).toEqual([
      { imageId: 'ami-1', name: 'golden-1', createdAt: '2026-01-01', architecture: 'arm64' },
    ]);
    expect(aws.sent[0]?.[1]).toMatchObject({
      Owners: ['self'],
      Filters: [
        { Name: 'state', Values: ['available'] },
        { Name: 'name', Values: ['golden-*'] },
        { Name: 'architecture', Values: ['arm64'] },
      ],
    });
  });
});

describe('what the watch leaves', () => {
  const body = (text: string) => ({ Body: { transformToString: async () => text }, ETag: '"1"' });

  it('is begun anew where somebody has spoilt it', async () => {
    const aws = scriptedAws({ GetObject: () => body('{"cluster": 7}') });
    expect(await s3WatchDocuments(aws, 'bucket').read('demo')).toEqual({ etag: '"1"' });
  });

  it('has updates that are over, newest first, without those that nobody can read', async () => {
    const past = (groupName: string) => ({
      groupName,
      status: 'done',
      why: '',
      reason: '',
      by: 'ann',
      startedAt: '',
      endedAt: '',
      target: { launchTemplateId: 'lt-1', version: '8', imageId: 'ami-2' },
      previous: { launchTemplateId: 'lt-1', version: '7', imageId: 'ami-1' },
      moved: [],
    });
    const objects: Readonly<Record<string, string>> = {
      'updates/demo/past/b/2026-03-01T00:00:00.000Z.json': JSON.stringify(past('b')),
      'updates/demo/past/a/2026-03-03T00:00:00.000Z.json': JSON.stringify(past('a')),
      'updates/demo/past/a/2026-03-02T00:00:00.000Z.json': 'spoilt',
    };
    const aws = scriptedAws({
      ListObjectsV2: () => ({ Contents: Object.keys(objects).map((Key) => ({ Key })) }),
      GetObject: (input) => body(objects[String((input as { Key?: string }).Key)] ?? ''),
    });
    const found = await pastUpdates(aws, 'bucket', 'demo', { limit: 3 });
    expect(found.map(({ groupName }) => groupName)).toEqual(['a', 'b']);
  });
});
