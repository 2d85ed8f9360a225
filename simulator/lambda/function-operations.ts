import type * as lambda from '@aws-sdk/client-lambda';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type CallContext, type Operations } from '../cloud/service.ts';
import { type CodePackage, codeFromZip } from './code-package.ts';
import type { DeployedFunction } from './deployed-function.ts';
import { functionConfiguration } from './function-configuration.ts';
import { parseFunctionName } from './function-name.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { Functions, NewFunction } from './functions.ts';

/** Reads an object that code is deployed from. @throws AwsError of S3. */
export type ReadObject = (bucket: string, key: string) => Promise<Uint8Array>;

type Sdk = typeof lambda;
type Wanted = Pick<
  lambda.CreateFunctionRequest,
  | 'Description'
  | 'Timeout'
  | 'MemorySize'
  | 'VpcConfig'
  | 'DeadLetterConfig'
  | 'Environment'
  | 'Layers'
  | 'EphemeralStorage'
  | 'LoggingConfig'
>;

/** The access to one function that an operation needs. */
export function onFunction(
  operation: string,
): (input: { FunctionName?: string | undefined; Qualifier?: string | undefined }, call: CallContext) => Access[] {
  return (input, call) => {
    const { name, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier);
    const arn = `arn:aws:lambda:${call.region}:${call.account}:function:${name}`;
    return [{ action: `lambda:${operation}`, resource: qualifier ? `${arn}:${qualifier}` : arn }];
  };
}

/** Creates, reads, updates and deletes functions. */
export function functionOperations(functions: Functions, readObject: ReadObject | undefined): Operations<Sdk> {
  const codeOf = async (code: lambda.FunctionCode | undefined): Promise<CodePackage> => {
    if (code?.ZipFile) return codeFromZip(code.ZipFile);
    if (code?.S3Bucket && code.S3Key && readObject) return codeFromZip(await readObject(code.S3Bucket, code.S3Key));
    throw new AwsError('InvalidParameterValueException', 'Please provide a source for function code.');
  };
  return {
    CreateFunction: {
      access: (input, call) => [...onFunction('CreateFunction')(input, call), ...passRole(input.Role)],
      run: async (input) => {
        const code = await codeOf(input.Code);
        const created = functions.create(newFunction(input, code));
        for (const [key, value] of Object.entries(input.Tags ?? {})) created.tags.set(key, value);
        return functionConfiguration(input.Publish ? created.publish() : created.latest);
      },
    },
    GetFunction: {
      access: onFunction('GetFunction'),
      run: (input) => {
        const found = functions.find(input.FunctionName ?? '');
        const { reservedConcurrency, tags } = found;
        return {
          Configuration: functionConfiguration(found.resolve(qualifierOf(input))),
          Code: { RepositoryType: 'S3' },
          ...(tags.size > 0 ? { Tags: Object.fromEntries(tags) } : {}),
          ...(reservedConcurrency === undefined
            ? {}
            : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
        };
      },
    },
    GetFunctionConfiguration: {
      access: onFunction('GetFunctionConfiguration'),
      run: (input) => functionConfiguration(functions.find(input.FunctionName ?? '').resolve(qualifierOf(input))),
    },
    ListFunctions: {
      run: (input) => {
        const { items, next } = pageOf(
          functions.all(),
          input.MaxItems ?? 50,
          input.Marker,
          'InvalidParameterValueException',
        );
        const shown = items.flatMap((found) => (input.FunctionVersion === 'ALL' ? found.versions : [found.latest]));
        return {
          Functions: shown.map((version) => functionConfiguration(version)),
          ...(next ? { NextMarker: next } : {}),
        };
      },
    },
    UpdateFunctionCode: {
      access: onFunction('UpdateFunctionCode'),
      run: async (input, call) => {
        const found = functions.find(input.FunctionName ?? '');
        change(found, { code: await codeOf(input) }, call);
        return functionConfiguration(input.Publish ? found.publish() : found.latest);
      },
    },
    UpdateFunctionConfiguration: {
      access: (input, call) => [...onFunction('UpdateFunctionConfiguration')(input, call), ...passRole(input.Role)],
      run: (input, call) => {
        const found = functions.find(input.FunctionName ?? '');
        const { Role, Handler, Runtime } = input;
        const settings = { ...settingsOf(input), ...(Role ? { roleArn: Role } : {}) };
        change(
          found,
          { ...settings, ...(Handler ? { handler: Handler } : {}), ...(Runtime ? { runtime: Runtime } : {}) },
          call,
        );
        return functionConfiguration(found.latest);
      },
    },
    DeleteFunction: {
      access: onFunction('DeleteFunction'),
      run: (input) => {
        const qualifier = qualifierOf(input);
        if (qualifier) functions.find(input.FunctionName ?? '').unpublish(qualifier);
        else functions.delete(input.FunctionName ?? '');
        return { StatusCode: 204 };
      },
    },
    PutFunctionConcurrency: {
      access: onFunction('PutFunctionConcurrency'),
      run: ({ FunctionName, ReservedConcurrentExecutions }) => {
        functions.find(FunctionName ?? '').reservedConcurrency = ReservedConcurrentExecutions;
        return { ReservedConcurrentExecutions };
      },
    },
    DeleteFunctionConcurrency: {
      access: onFunction('DeleteFunctionConcurrency'),
      run: ({ FunctionName }) => {
        functions.find(FunctionName ?? '').reservedConcurrency = undefined;
        return {};
      },
    },
  };
}

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
function passRole(roleArn: string | undefined): readonly Access[] {
  if (roleArn === undefined) return [];
  return [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'lambda.amazonaws.com' } }];
}

function qualifierOf(input: { FunctionName: string | undefined; Qualifier?: string | undefined }): string | undefined {
  return parseFunctionName(input.FunctionName ?? '', input.Qualifier).qualifier;
}

function change(found: DeployedFunction, changes: Partial<FunctionSettings>, call: CallContext): void {
  const { vpc, deadLetterArn, ...settings } = { ...found.latest.settings, ...changes };
  const hasVpc = vpc && vpc.subnetIds.length > 0;
  found.update({
    ...settings,
    ...(hasVpc && { vpc }),
    ...(deadLetterArn && { deadLetterArn }),
    lastModified: call.world.date().toISOString(),
  });
}

function newFunction(input: lambda.CreateFunctionRequest, code: CodePackage): NewFunction {
  const { FunctionName, Handler, Role, Runtime, PackageType, Architectures } = input;
  if (PackageType === 'Image')
    throw new AwsError('NotImplemented', 'Container images are not supported.', { status: 501 });
  if (!Runtime?.startsWith('nodejs')) {
    throw new AwsError('NotImplemented', `Functions of runtime ${Runtime} are not supported.`, { status: 501 });
  }
  return {
    ...settingsOf(input),
    name: parseFunctionName(FunctionName ?? '').name,
    code,
    handler: Handler ?? '',
    roleArn: Role ?? '',
    runtime: Runtime,
    architecture: Architectures?.[0] === 'arm64' ? 'arm64' : 'x86_64',
  };
}

function settingsOf(input: Wanted): Partial<FunctionSettings> {
  const { Description, Timeout, MemorySize, VpcConfig, DeadLetterConfig, Environment, EphemeralStorage } = input;
  if (input.Layers?.length) throw new AwsError('NotImplemented', 'Layers are not supported.', { status: 501 });
  checkRange('timeout', Timeout, 1, 900);
  checkRange('memorySize', MemorySize, 128, 10_240);
  const logGroupName = input.LoggingConfig?.LogGroup;
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(Timeout === undefined ? {} : { timeoutSeconds: Timeout }),
    ...(MemorySize === undefined ? {} : { memoryMb: MemorySize }),
    ...(Environment?.Variables ? { environment: checkedEnvironment(Environment.Variables) } : {}),
    ...(VpcConfig
      ? { vpc: { subnetIds: VpcConfig.SubnetIds ?? [], securityGroupIds: VpcConfig.SecurityGroupIds ?? [] } }
      : {}),
    ...(DeadLetterConfig?.TargetArn !== undefined ? { deadLetterArn: DeadLetterConfig.TargetArn } : {}),
    ...(EphemeralStorage?.Size ? { ephemeralStorageMb: EphemeralStorage.Size } : {}),
    ...(logGroupName ? { logGroupName } : {}),
  };
}

function checkRange(member: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (value >= low && value <= high)) return;
  const rule =
    value < low
      ? `Member must have value greater than or equal to ${low}`
      : `Member must have value less than or equal to ${high}`;
  const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`;
  throw new AwsError('ValidationException', message);
}

/** Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 4 KB in all. */
function checkedEnvironment(variables: Record<string, string>): Record<string, string> {
  const text = JSON.stringify(variables);
  if (Buffer.byteLength(text) <= 4096) return variables;
  const message = `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${text}`;
  throw new AwsError('InvalidParameterValueException', message);
}
