import type * as lambda from '@aws-sdk/client-lambda';
import type { Operations } from '../cloud/service.ts';
import { onFunction } from './function-operations.ts';
import type { FunctionUrl, FunctionUrls } from './function-urls.ts';

/** Addresses of functions. */
export function urlOperations(urls: FunctionUrls): Operations<typeof lambda> {
  return {
    CreateFunctionUrlConfig: {
      access: onFunction('CreateFunctionUrlConfig'),
      run: ({ FunctionName = '', AuthType = '' }) => shown(urls.create(FunctionName, AuthType)),
    },
    GetFunctionUrlConfig: {
      access: onFunction('GetFunctionUrlConfig'),
      run: ({ FunctionName = '' }) => ({
        ...shown(urls.get(FunctionName)),
        LastModifiedTime: urls.get(FunctionName).createdAt,
      }),
    },
    DeleteFunctionUrlConfig: {
      access: onFunction('DeleteFunctionUrlConfig'),
      run: ({ FunctionName = '' }) => {
        urls.delete(FunctionName);
        return {};
      },
    },
  };
}

function shown({ host, functionArn, authType, createdAt }: FunctionUrl) {
  return { FunctionUrl: `https://${host}/`, FunctionArn: functionArn, AuthType: authType, CreationTime: createdAt };
}
