import type * as Ec2 from '@aws-sdk/client-ec2';
import { pageOf } from '../cloud/pages.ts';
import type { Access, Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { requestTagContext, resourceTagContext } from '../cloud/tag-context.ts';
import { matchesFilters } from './filters.ts';
import type { Instances } from './instances.ts';
import type { LaunchTemplates } from './launch-templates.ts';

interface Tagged {
  readonly id: string;
  readonly type: Ec2.ResourceType;
  readonly tags: Map<string, string>;
}

/** CreateTags, DeleteTags and DescribeTags over everything in this EC2 that has tags. */
export function tagOperations(instances: Instances, templates: LaunchTemplates): Operations<typeof Ec2> {
  const tagged = (id: string) => findTagged(id, instances, templates);
  const arn = (id: string) => {
    const type = typeOf(id);
    return `arn:aws:ec2:${instances.region}:${type === 'image' ? '' : instances.account}:${type}/${id}`;
  };
  const access = (action: string, ids: readonly string[] | undefined, tags: Ec2.Tag[] | undefined): Access[] =>
    (ids ?? []).map((id) => ({
      action: `ec2:${action}`,
      resource: arn(id),
      context: {
        ...requestTagContext(tags),
        ...resourceTagContext('ec2', tagsOf(id, instances, templates) ?? new Map()),
      },
    }));
  return {
    CreateTags: {
      access: (input) => access('CreateTags', input.Resources, input.Tags),
      run: (input) => {
        const reserved = input.Tags?.find((tag) => tag.Key?.startsWith('aws:'));
        if (reserved) {
          throw new AwsError('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
        }
        for (const resource of (input.Resources ?? []).map(tagged)) {
          for (const tag of input.Tags ?? []) resource.tags.set(tag.Key ?? '', tag.Value ?? '');
          if (resource.tags.size > 50) {
            throw new AwsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
          }
        }
        return {};
      },
    },
    DeleteTags: {
      access: (input) => access('DeleteTags', input.Resources, input.Tags),
      run: (input) => {
        for (const resource of (input.Resources ?? []).map(tagged)) removeTags(resource.tags, input.Tags);
        return {};
      },
    },
    DescribeTags: {
      run: (input) => {
        const all = everything(instances, templates).flatMap((resource) =>
          [...resource.tags].map(([Key, Value]) => ({
            Key,
            Value,
            ResourceId: resource.id,
            ResourceType: resource.type,
          })),
        );
        const found = all.filter((tag) =>
          matchesFilters(input.Filters, (name) => {
            const values: Readonly<Record<string, string>> = {
              key: tag.Key,
              value: tag.Value,
              'resource-id': tag.ResourceId,
              'resource-type': tag.ResourceType,
            };
            if (name.startsWith('tag:')) return name.slice(4) === tag.Key ? [tag.Value] : [];
            return values[name] === undefined ? undefined : [values[name]];
          }),
        );
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return { Tags: page.items, ...(page.next ? { NextToken: page.next } : {}) };
      },
    },
  };
}

// Without tags, all but AWS's own go; with a value, only if the value fits (API reference of DeleteTags).
function removeTags(tags: Map<string, string>, unwanted: readonly Ec2.Tag[] | undefined): void {
  if (!unwanted || unwanted.length === 0) {
    for (const key of [...tags.keys()]) if (!key.startsWith('aws:')) tags.delete(key);
    return;
  }
  for (const { Key = '', Value } of unwanted) if (Value === undefined || tags.get(Key) === Value) tags.delete(Key);
}

function everything(instances: Instances, templates: LaunchTemplates): Tagged[] {
  const { network, images } = instances;
  return [
    ...[...instances.all.values()].filter((i) => instances.isVisible(i)).map((i) => entry(i.instanceId, i.tags)),
    ...[...network.vpcs.values()].map((vpc) => entry(vpc.vpcId, vpc.tags)),
    ...[...network.subnets.values()].map((subnet) => entry(subnet.subnetId, subnet.tags)),
    ...[...network.securityGroups.values()].map((group) => entry(group.groupId, group.tags)),
    ...[...images.all.values()].map((image) => entry(image.imageId, image.tags)),
    ...[...templates.all.values()].map((template) => entry(template.id, template.tags)),
  ];
}

function entry(id: string, tags: Map<string, string>): Tagged {
  return { id, type: typeOf(id), tags };
}

function findTagged(id: string, instances: Instances, templates: LaunchTemplates): Tagged {
  if (id.startsWith('i-')) return entry(id, instances.visible(id).tags);
  const tags = tagsOf(id, instances, templates);
  if (!tags) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  return entry(id, tags);
}

function tagsOf(id: string, instances: Instances, templates: LaunchTemplates): Map<string, string> | undefined {
  const { network, images } = instances;
  return (
    instances.all.get(id) ??
    network.vpcs.get(id) ??
    network.subnets.get(id) ??
    network.securityGroups.get(id) ??
    images.all.get(id) ??
    templates.all.get(id)
  )?.tags;
}

function typeOf(id: string): Ec2.ResourceType {
  const types: Readonly<Record<string, Ec2.ResourceType>> = {
    i: 'instance',
    vpc: 'vpc',
    subnet: 'subnet',
    sg: 'security-group',
    ami: 'image',
    lt: 'launch-template',
  };
  return types[id.split('-')[0] ?? ''] ?? 'instance';
}
