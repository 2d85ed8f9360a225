import type { LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { TemplateFacts } from '../doctor/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

const GONE = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
  'InvalidLaunchTemplateName.NotFoundException',
];

/** The version of a launch template that a group launches from now; null when it is gone. */
export async function inspectedTemplate(
  aws: AwsAccess,
  { LaunchTemplateId, LaunchTemplateName, Version = '$Default' }: LaunchTemplateSpecification,
): Promise<TemplateFacts | null> {
  const which = LaunchTemplateId === undefined ? { LaunchTemplateName } : { LaunchTemplateId };
  const command = new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [Version] });
  const answer = await awsCallUnless(GONE, aws.client(EC2Client).send(command));
  const [found] = answer?.LaunchTemplateVersions ?? [];
  if (!found) return null;
  const { ImageId = '', IamInstanceProfile, MetadataOptions, UserData } = found.LaunchTemplateData ?? {};
  const { HttpEndpoint, HttpTokens, HttpPutResponseHopLimit } = MetadataOptions ?? {};
  return {
    id: found.LaunchTemplateId ?? '',
    version: Version,
    imageId: ImageId,
    profile: IamInstanceProfile?.Name ?? IamInstanceProfile?.Arn?.split('/').at(-1) ?? '',
    metadata: {
      ...(HttpEndpoint !== undefined && { endpoint: HttpEndpoint }),
      ...(HttpTokens !== undefined && { tokens: HttpTokens }),
      ...(HttpPutResponseHopLimit !== undefined && { hopLimit: HttpPutResponseHopLimit }),
    },
    userData: UserData === undefined ? '' : Buffer.from(UserData, 'base64').toString('utf8'),
  };
}
