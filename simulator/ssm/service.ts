import * as ssm from '@aws-sdk/client-ssm';
import { AwsError, defineService, type Service } from '../cloud/service.ts';
import { requestTagContext } from '../cloud/tag-context.ts';
import { calendarOperations } from './calendars.ts';
import { commandOperations } from './command-operations.ts';
import type { Commands } from './commands.ts';
import { documentOperations } from './document-operations.ts';
import type { Documents } from './documents.ts';
import { parameterOperations } from './parameter-operations.ts';
import type { Parameters } from './parameters.ts';

/** Systems Manager: parameters, command documents and Run Command. */
export function ssmService(parameters: Parameters, documents: Documents, commands: Commands): Service {
  const tagsOf = (type: string | undefined, id: string | undefined): Map<string, string> => {
    if (type === 'Document') return documents.get(id).tags;
    if (type !== 'Parameter') throw new AwsError('InvalidResourceType', `The resource type ${type} is not simulated.`);
    const parameter = parameters.find(id ?? '');
    if (!parameter)
      throw new AwsError(
        'InvalidResourceId',
        'The resource ID is not valid. Verify that you entered the correct ID and try again.',
      );
    return parameter.tags;
  };
  const on =
    (action: string) => (input: ssm.ListTagsForResourceCommandInput & { readonly Tags?: ssm.Tag[] | undefined }) => {
      if (input.ResourceType === 'Document') {
        const { region, account } = parameters.place;
        return [{ action: `ssm:${action}`, resource: `arn:aws:ssm:${region}:${account}:document/${input.ResourceId}` }];
      }
      const access = parameters.access(action, input.ResourceId);
      return [{ ...access, context: { ...access.context, ...requestTagContext(input.Tags) } }];
    };
  return defineService('ssm', ssm, {
    ...parameterOperations(parameters),
    ...documentOperations(documents, parameters.place),
    ...calendarOperations(documents.calendars, parameters.place),
    ...commandOperations(commands, parameters.place),
    AddTagsToResource: {
      access: on('AddTagsToResource'),
      run: (input) => {
        const tags = tagsOf(input.ResourceType, input.ResourceId);
        for (const { Key, Value } of input.Tags ?? []) tags.set(Key ?? '', Value ?? '');
        return {};
      },
    },
    RemoveTagsFromResource: {
      access: on('RemoveTagsFromResource'),
      run: (input) => {
        const tags = tagsOf(input.ResourceType, input.ResourceId);
        for (const key of input.TagKeys ?? []) tags.delete(key);
        return {};
      },
    },
    ListTagsForResource: {
      access: on('ListTagsForResource'),
      run: (input) => ({
        TagList: [...tagsOf(input.ResourceType, input.ResourceId)].map(([Key, Value]) => ({ Key, Value })),
      }),
    },
  });
}
