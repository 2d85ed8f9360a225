import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
  type Tag,
  type TagFilter,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { clusterTag, controllerTag, kubernetesTagPrefix } from '../loadbalancers/names.ts';
import type { TaggedLoadBalancers } from '../loadbalancers/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

const RESOURCE_TYPES = ['elasticloadbalancing:targetgroup', 'elasticloadbalancing:loadbalancer'];
/** A classic load balancer's ARN ends with its name; those of the others with `app/`, `net/` or `gwy/` before it. */
const CLASSIC = /:loadbalancer\/([^/]+)$/;

/**
 * Target groups and classic load balancers by their tags, through the Resource Groups Tagging API: it answers from an index, so that neither the size
 * of the account nor ELB's own limits matter (S22).
 *
 * @param clusterNames what the cluster calls itself to its controllers; its name in the registry is told with each question
 */
export function taggedLoadBalancers(aws: AwsAccess, clusterNames: readonly string[]): TaggedLoadBalancers {
  const tagging = aws.client(ResourceGroupsTaggingAPIClient);
  const found = async (filter: TagFilter) => {
    // Several filters in one request must all hold: hence one request for each.
    const query = { TagFilters: [filter], ResourceTypeFilters: RESOURCE_TYPES, ResourcesPerPage: 100 };
    const pages = await allPages(paginateGetResources({ client: tagging }, query));
    return pages.flatMap((page) => page.ResourceTagMappingList ?? []);
  };
  return {
    async find(cluster) {
      const resources = await Promise.all([
        found({ Key: clusterTag, Values: [cluster] }),
        found({ Key: controllerTag, Values: [...clusterNames] }),
        ...clusterNames.map((name) => found({ Key: `${kubernetesTagPrefix}${name}` })),
      ]);
      const tagsOf = new Map(resources.flat().map(({ ResourceARN = '', Tags = [] }) => [ResourceARN, tagsIn(Tags)]));
      return {
        targetGroupArns: [...tagsOf.keys()].filter((arn) => arn.includes(':targetgroup/')),
        classicLoadBalancers: [...tagsOf].flatMap(([arn, tags]) => {
          const name = CLASSIC.exec(arn)?.[1];
          return name === undefined ? [] : [{ name, tags }];
        }),
      };
    },
  };
}

function tagsIn(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
