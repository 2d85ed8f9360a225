import type { RequestLaunchTemplateData, RunInstancesRequest, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError } from '../cloud/service.ts';
import type { LaunchRequest } from './instances.ts';
import type { LaunchTemplates } from './launch-templates.ts';
import type { Network } from './network.ts';

/**
 * What a RunInstances request means once its launch template is merged in: the request wins over the template, tags of both
 * are kept (EC2 user guide, "Launch instances from a launch template").
 * @throws AwsError `MissingParameter`, and as {@link LaunchTemplates.find}.
 */
export function launchRequest(
  request: Partial<RunInstancesRequest>,
  templates: LaunchTemplates,
  network: Network,
): LaunchRequest {
  const { data, tags: templateTags } = templateOf(request, templates);
  const imageId = request.ImageId ?? data.ImageId;
  if (imageId === undefined) throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  const profile = request.IamInstanceProfile ?? data.IamInstanceProfile;
  const interfaces = request.NetworkInterfaces?.[0] ?? data.NetworkInterfaces?.[0];
  return {
    imageId,
    instanceType: request.InstanceType ?? data.InstanceType ?? 'm1.small',
    subnetId: subnetOf(request, interfaces?.SubnetId, network),
    userData: request.UserData ?? data.UserData,
    keyName: request.KeyName ?? data.KeyName,
    instanceProfile: profile?.Arn ?? profile?.Name,
    securityGroupIds: request.SecurityGroupIds ?? interfaces?.Groups ?? data.SecurityGroupIds,
    spot: (request.InstanceMarketOptions ?? data.InstanceMarketOptions)?.MarketType === 'spot',
    shutdownBehavior: request.InstanceInitiatedShutdownBehavior ?? data.InstanceInitiatedShutdownBehavior,
    disableApiTermination: request.DisableApiTermination ?? data.DisableApiTermination,
    clientToken: request.ClientToken,
    tags: new Map([
      ...templateTags,
      ...instanceTags(data.TagSpecifications),
      ...instanceTags(request.TagSpecifications),
    ]),
  };
}

function templateOf(
  request: Partial<RunInstancesRequest>,
  templates: LaunchTemplates,
): { data: RequestLaunchTemplateData; tags: Map<string, string> } {
  if (!request.LaunchTemplate) return { data: {}, tags: new Map() };
  const template = templates.find(request.LaunchTemplate);
  const version = templates.version(template, request.LaunchTemplate.Version);
  const tags = new Map([
    ['aws:ec2launchtemplate:id', template.id],
    ['aws:ec2launchtemplate:version', String(version.number)],
  ]);
  return { data: version.data, tags };
}

function subnetOf(request: Partial<RunInstancesRequest>, fromInterface: string | undefined, network: Network): string {
  const named = request.SubnetId ?? fromInterface;
  if (named !== undefined) return named;
  const zone = request.Placement?.AvailabilityZone;
  for (const subnet of network.subnets.values()) {
    if (zone === undefined || subnet.availabilityZone === zone) return subnet.subnetId;
  }
  throw new AwsError('MissingInput', 'No subnets found for the default VPC. Please specify a subnet.');
}

function instanceTags(
  specifications:
    | readonly (TagSpecification | { ResourceType?: string | undefined; Tags?: Tag[] | undefined })[]
    | undefined,
): [string, string][] {
  return (specifications ?? [])
    .filter((specification) => specification.ResourceType === 'instance')
    .flatMap((specification) => specification.Tags ?? [])
    .map((tag) => [tag.Key ?? '', tag.Value ?? '']);
}
