import type * as lambda from '@aws-sdk/client-lambda';
import type { Access, Operations } from '../cloud/service.ts';
import type { Functions } from './functions.ts';

/** Tags of functions, by ARN. */
export function tagOperations(functions: Functions): Operations<typeof lambda> {
  return {
    ListTags: {
      access: on('ListTags'),
      run: ({ Resource = '' }) => ({ Tags: Object.fromEntries(functions.find(Resource).tags) }),
    },
    TagResource: {
      access: on('TagResource'),
      run: ({ Resource = '', Tags = {} }) => {
        const { tags } = functions.find(Resource);
        for (const [key, value] of Object.entries(Tags)) tags.set(key, value);
        return {};
      },
    },
    UntagResource: {
      access: on('UntagResource'),
      run: ({ Resource = '', TagKeys = [] }) => {
        const { tags } = functions.find(Resource);
        for (const key of TagKeys) tags.delete(key);
        return {};
      },
    },
  };
}

function on(operation: string): (input: { readonly Resource: string | undefined }) => Access[] {
  return ({ Resource = '' }) => [{ action: `lambda:${operation}`, resource: Resource }];
}
