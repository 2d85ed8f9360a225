import { createHash } from 'node:crypto';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type LaunchTemplateVersion,
} from '@aws-sdk/client-ec2';
import type { LaunchTemplates, TemplateVersion } from '../images/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

const NOT_THERE = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
  'InvalidLaunchTemplateId.Malformed',
];

/** Versions of launch templates, and such that are made for an image. */
export function imageVersions(aws: AwsAccess): LaunchTemplates {
  const ec2 = aws.client(EC2Client);
  return {
    async read(LaunchTemplateId, version) {
      const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [version] });
      const found = (await awsCallUnless(NOT_THERE, ec2.send(command)))?.LaunchTemplateVersions?.[0];
      return found && versionOf(found);
    },
    async derive(LaunchTemplateId, { from, imageId, description, token }) {
      const command = new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId,
        SourceVersion: from,
        VersionDescription: description.slice(0, 255),
        LaunchTemplateData: { ImageId: imageId },
        ClientToken: createHash('sha256').update(token).digest('hex'),
      });
      return versionOf((await awsCall(ec2.send(command))).LaunchTemplateVersion ?? {});
    },
  };
}

function versionOf({ VersionNumber, LaunchTemplateData }: LaunchTemplateVersion): TemplateVersion {
  return {
    version: VersionNumber === undefined ? '' : String(VersionNumber),
    imageId: LaunchTemplateData?.ImageId ?? '',
    data: { ...LaunchTemplateData },
  };
}
