import * as lambda from '@aws-sdk/client-lambda';
import { defineService, type Service } from '../cloud/service.ts';
import type { EventSourceMappings } from './event-source-mappings.ts';
import { functionOperations, type ReadObject } from './function-operations.ts';
import type { FunctionUrls } from './function-urls.ts';
import type { Functions } from './functions.ts';
import { invokeConfigOperations } from './invoke-config-operations.ts';
import { invokeOperation } from './invoke-operation.ts';
import { mappingOperations } from './mapping-operations.ts';
import { tagOperations } from './tag-operations.ts';
import { urlOperations } from './url-operations.ts';
import { versionOperations } from './version-operations.ts';

/** AWS Lambda. `readObject` is needed only to deploy code from S3, `urls` where functions have addresses. */
export function lambdaService(
  functions: Functions,
  mappings: EventSourceMappings,
  { readObject, urls }: { readonly readObject?: ReadObject; readonly urls?: FunctionUrls } = {},
): Service {
  return defineService('lambda', lambda, {
    ...functionOperations(functions, readObject),
    ...invokeOperation(functions),
    ...versionOperations(functions),
    ...invokeConfigOperations(functions),
    ...mappingOperations(functions, mappings),
    ...tagOperations(functions),
    ...(urls && urlOperations(urls)),
  });
}
