import { DescribeImagesCommand, DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { LaunchTemplates } from '../updates/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** EC2 has no such template, version or image. */
const UNKNOWN_VERSION = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
  'InvalidLaunchTemplateName.NotFoundException',
];
const UNKNOWN_IMAGE = ['InvalidAMIID.NotFound', 'InvalidAMIID.Malformed', 'InvalidAMIID.Unavailable'];

/** Versions of launch templates, and the images that they name. */
export function launchTemplateVersions(aws: AwsAccess): LaunchTemplates {
  const client = aws.client(EC2Client);
  return {
    async version(launchTemplateId, version) {
      // A template may name a parameter in place of an image: EC2 says which image that is now.
      const input = { LaunchTemplateId: launchTemplateId, Versions: [version], ResolveAlias: true };
      const command = new DescribeLaunchTemplateVersionsCommand(input);
      const found = (await awsCallUnless(UNKNOWN_VERSION, client.send(command)))?.LaunchTemplateVersions?.[0];
      return (
        found && {
          launchTemplateId,
          version: String(found.VersionNumber ?? ''),
          imageId: found.LaunchTemplateData?.ImageId ?? '',
          instanceType: found.LaunchTemplateData?.InstanceType,
        }
      );
    },
    async image(imageId) {
      const command = new DescribeImagesCommand({ ImageIds: [imageId] });
      const found = (await awsCallUnless(UNKNOWN_IMAGE, client.send(command)))?.Images?.[0];
      return found && { state: found.State ?? '', architecture: found.Architecture ?? '' };
    },
  };
}
