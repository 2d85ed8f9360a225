import { expect, test } from 'vitest';
import { ec2Service } from '../../../../simulator/ec2/service.ts';
import { buildFleet, call } from '../../../support/fleet-builder.ts';

function templates(overrides: Parameters<typeof buildFleet>[0] = {}) {
  const built = buildFleet(overrides);
  const service = ec2Service(built.fleet.instances, built.fleet.templates);
  return { built, ec2: (operation: string, input: object) => call(built, service, operation, input) };
}

test('a version builds on its source; $Latest and $Default mean what they mean now', async () => {
  const { ec2 } = templates();
  await ec2('CreateLaunchTemplateVersion', {
    LaunchTemplateName: 'workers',
    SourceVersion: '1',
    LaunchTemplateData: { ImageId: 'ami-0bbbbbbbbbbbbbbbb' },
  });

  const versions = await ec2('DescribeLaunchTemplateVersions', {
    LaunchTemplateName: 'workers',
    Versions: ['$Latest', '$Default'],
  });
  expect(versions).toMatchObject({
    LaunchTemplateVersions: [
      {
        VersionNumber: 2,
        DefaultVersion: false,
        LaunchTemplateData: { ImageId: 'ami-0bbbbbbbbbbbbbbbb', InstanceType: 'm7g.large' },
      },
      { VersionNumber: 1, DefaultVersion: true },
    ],
  });
  await ec2('ModifyLaunchTemplate', { LaunchTemplateName: 'workers', DefaultVersion: '2' });

  expect(await ec2('DescribeLaunchTemplates', { LaunchTemplateNames: ['workers'] })).toMatchObject({
    LaunchTemplates: [{ DefaultVersionNumber: 2, LatestVersionNumber: 2 }],
  });
});

test('what does not exist is named as EC2 names it', async () => {
  const { ec2 } = templates();

  await expect(ec2('DescribeLaunchTemplateVersions', { LaunchTemplateName: 'x' })).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateName.NotFoundException',
  });
  await expect(
    ec2('DescribeLaunchTemplateVersions', { LaunchTemplateName: 'workers', Versions: ['7'] }),
  ).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateId.VersionNotFound',
  });
  await expect(
    ec2('CreateLaunchTemplate', { LaunchTemplateName: 'workers', LaunchTemplateData: {} }),
  ).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateName.AlreadyExistsException',
  });
});

test('an image named by a parameter is looked up at launch', async () => {
  const { built, ec2 } = templates({
    parameter: (name) => (name === '/images/node' ? 'ami-0aaaaaaaaaaaaaaaa' : undefined),
  });

  await ec2('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    ImageId: 'resolve:ssm:/images/node',
    SubnetId: built.subnets[0]?.subnetId,
  });

  expect([...built.fleet.instances.all.values()].map((i) => i.imageId)).toEqual(['ami-0aaaaaaaaaaaaaaaa']);
});
