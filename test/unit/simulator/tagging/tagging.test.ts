import {
  GetResourcesCommand,
  type GetResourcesInput,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { expect, it } from 'vitest';
import { type TaggableResource, taggingService } from '../../../../simulator/tagging/service.ts';
import { awsWorld } from '../../../support/aws-world.ts';

const resource = (name: string, type: string, tags: Record<string, string>): TaggableResource => ({
  arn: `arn:aws:${type.split(':')[0]}:us-east-1:111111111111:${name}`,
  type,
  tags: new Map(Object.entries(tags)),
});
const resources = [
  resource('targetgroup/web/1', 'elasticloadbalancing:targetgroup', { cluster: 'demo', team: 'a' }),
  resource('targetgroup/api/2', 'elasticloadbalancing:targetgroup', { cluster: 'other' }),
  resource('loadbalancer/old', 'elasticloadbalancing:loadbalancer', { cluster: 'demo' }),
  resource('loadbalancer/bare', 'elasticloadbalancing:loadbalancer', {}),
  resource('instance/i-1', 'ec2:instance', { cluster: 'demo' }),
];

function tagging() {
  const cloud = awsWorld();
  cloud.dispatcher.register(taggingService(() => resources));
  const client = new ResourceGroupsTaggingAPIClient(cloud.client);
  const found = async (input: GetResourcesInput) => {
    const { ResourceTagMappingList = [], PaginationToken } = await client.send(new GetResourcesCommand(input));
    return {
      names: ResourceTagMappingList.map(({ ResourceARN = '' }) => ResourceARN.split(':').at(-1)),
      PaginationToken,
    };
  };
  return { client, found };
}

it('finds tagged resources by all filters, any value of a filter, and type', async () => {
  const { found } = tagging();
  const names = async (input: GetResourcesInput) => (await found(input)).names;
  expect(await names({ TagFilters: [{ Key: 'cluster', Values: ['demo'] }] })).toEqual([
    'instance/i-1',
    'loadbalancer/old',
    'targetgroup/web/1',
  ]);
  expect(await names({ TagFilters: [{ Key: 'cluster' }, { Key: 'team', Values: ['a', 'b'] }] })).toEqual([
    'targetgroup/web/1',
  ]);
  expect(await names({ ResourceTypeFilters: ['elasticloadbalancing:targetgroup'] })).toEqual([
    'targetgroup/api/2',
    'targetgroup/web/1',
  ]);
  expect(await names({ ResourceTypeFilters: ['elasticloadbalancing'] })).not.toContain('loadbalancer/bare');
});

it('gives pages, and an empty token with the last', async () => {
  const { found } = tagging();
  const query = { TagFilters: [{ Key: 'cluster', Values: ['demo'] }], ResourcesPerPage: 2 };
  const first = await found(query);
  const second = await found({ ...query, PaginationToken: first.PaginationToken });
  expect([first.names.length, second.names, second.PaginationToken]).toEqual([2, ['targetgroup/web/1'], '']);
});

it('tells the tags of what it finds, and refuses what it does not know', async () => {
  const { client, found } = tagging();
  const { ResourceTagMappingList } = await client.send(new GetResourcesCommand({ TagFilters: [{ Key: 'team' }] }));
  expect(ResourceTagMappingList?.[0]?.Tags).toEqual([
    { Key: 'cluster', Value: 'demo' },
    { Key: 'team', Value: 'a' },
  ]);
  await expect(found({ ResourcesPerPage: 101 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(found({ TagsPerPage: 100 })).rejects.toMatchObject({ name: 'NotImplemented' });
});
