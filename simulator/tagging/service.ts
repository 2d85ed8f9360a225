import * as sdk from '@aws-sdk/client-resource-groups-tagging-api';
import { pageOf } from '../cloud/pages.ts';
import { AwsError, defineService, type Service } from '../cloud/service.ts';

/** A resource that has, or may have, tags. */
export interface TaggableResource {
  readonly arn: string;
  /** `elasticloadbalancing:targetgroup`. */
  readonly type: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Items on a page when the request does not say; it may ask for 1 to 100. */
const PAGE = 50;
const LARGEST_PAGE = 100;

/** The Resource Groups Tagging API: resources of all services by their tags. Only GetResources. */
export function taggingService(resources: () => Iterable<TaggableResource>): Service {
  return defineService('tag', sdk, {
    GetResources: {
      run: ({ TagFilters = [], ResourceTypeFilters = [], ResourcesPerPage, PaginationToken, ...others }) => {
        refuseOthers(others);
        const size = ResourcesPerPage ?? PAGE;
        if (size < 1 || size > LARGEST_PAGE) {
          throw new AwsError('InvalidParameterException', `ResourcesPerPage must be from 1 to ${LARGEST_PAGE}.`);
        }
        const found = [...resources()]
          // A resource that never had a tag is not known here.
          .filter(({ tags }) => tags.size > 0)
          .filter(({ type }) => ResourceTypeFilters.length === 0 || ResourceTypeFilters.some((one) => fits(type, one)))
          .filter(({ tags }) => TagFilters.every((filter) => holds(filter, tags)))
          .sort((a, b) => (a.arn < b.arn ? -1 : 1));
        const page = pageOf(found, size, PaginationToken || undefined, 'PaginationTokenExpiredException');
        return {
          PaginationToken: page.next ?? '',
          ResourceTagMappingList: page.items.map(({ arn, tags }) => ({
            ResourceARN: arn,
            Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
          })),
        };
      },
    },
  });
}

/** `elasticloadbalancing` stands for all types of the service. */
function fits(type: string, filter: string): boolean {
  return type === filter || type.startsWith(`${filter}:`);
}

/** Keys and values tell cases apart; without values the key is enough. */
function holds({ Key = '', Values = [] }: sdk.TagFilter, tags: ReadonlyMap<string, string>): boolean {
  const value = tags.get(Key);
  return value !== undefined && (Values.length === 0 || Values.includes(value));
}

function refuseOthers(others: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(others).find((name) => others[name] !== undefined);
  if (given !== undefined)
    throw new AwsError('NotImplemented', `GetResources does not support ${given}.`, { status: 501 });
}
