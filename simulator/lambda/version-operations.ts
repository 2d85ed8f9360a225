import type * as lambda from '@aws-sdk/client-lambda';
import { pageOf } from '../cloud/pages.ts';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { DeployedFunction, FunctionAlias } from './deployed-function.ts';
import { functionConfiguration } from './function-configuration.ts';
import { onFunction } from './function-operations.ts';
import type { Functions } from './functions.ts';

/** Versions and the aliases that point to them. Weighted aliases are refused. */
export function versionOperations(functions: Functions): Operations<typeof lambda> {
  const find = (name: string | undefined): DeployedFunction => functions.find(name ?? '');
  return {
    PublishVersion: {
      access: onFunction('PublishVersion'),
      run: ({ FunctionName, CodeSha256 }) => {
        const found = find(FunctionName);
        const { sha256 } = found.latest.settings.code;
        if (CodeSha256 !== undefined && CodeSha256 !== sha256) {
          const message = `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`;
          throw new AwsError('InvalidParameterValueException', message);
        }
        return functionConfiguration(found.publish());
      },
    },
    ListVersionsByFunction: {
      access: onFunction('ListVersionsByFunction'),
      run: ({ FunctionName, MaxItems, Marker }) => {
        const { versions } = find(FunctionName);
        const { items, next } = pageOf(versions, MaxItems ?? 50, Marker, 'InvalidParameterValueException');
        return {
          Versions: items.map((one) => functionConfiguration(one, true)),
          ...(next ? { NextMarker: next } : {}),
        };
      },
    },
    CreateAlias: {
      access: onFunction('CreateAlias'),
      run: ({ FunctionName, Name = '', FunctionVersion, Description, RoutingConfig }) => {
        const found = find(FunctionName);
        if (found.aliases.has(Name)) {
          const message = `Alias already exists: ${found.arn}:${Name}`;
          throw new AwsError('ResourceConflictException', message, { status: 409 });
        }
        return putAlias(found, Name, FunctionVersion, Description, RoutingConfig);
      },
    },
    UpdateAlias: {
      access: onFunction('UpdateAlias'),
      run: ({ FunctionName, Name = '', FunctionVersion, Description, RoutingConfig }) => {
        const found = find(FunctionName);
        const { version, description } = aliasOf(found, Name);
        return putAlias(found, Name, FunctionVersion ?? version, Description ?? description, RoutingConfig);
      },
    },
    GetAlias: {
      access: onFunction('GetAlias'),
      run: ({ FunctionName, Name = '' }) => shown(find(FunctionName), aliasOf(find(FunctionName), Name)),
    },
    ListAliases: {
      access: onFunction('ListAliases'),
      run: ({ FunctionName, FunctionVersion }) => {
        const found = find(FunctionName);
        const all = [...found.aliases.values()].filter(
          ({ version }) => !FunctionVersion || version === FunctionVersion,
        );
        return { Aliases: all.map((alias) => shown(found, alias)) };
      },
    },
    DeleteAlias: {
      access: onFunction('DeleteAlias'),
      run: ({ FunctionName, Name = '' }) => {
        find(FunctionName).aliases.delete(Name);
        return {};
      },
    },
  };
}

function putAlias(
  found: DeployedFunction,
  name: string,
  version = '',
  description = '',
  routing: lambda.AliasRoutingConfiguration | undefined = undefined,
): lambda.AliasConfiguration {
  if (Object.keys(routing?.AdditionalVersionWeights ?? {}).length > 0) {
    throw new AwsError('NotImplemented', 'Weighted aliases are not supported.', { status: 501 });
  }
  found.resolve(version);
  const alias = { name, version, description };
  found.aliases.set(name, alias);
  return shown(found, alias);
}

function aliasOf(found: DeployedFunction, name: string): FunctionAlias {
  const alias = found.aliases.get(name);
  if (alias) return alias;
  throw new AwsError('ResourceNotFoundException', `Cannot find alias arn: ${found.arn}:${name}`, { status: 404 });
}

function shown({ arn }: DeployedFunction, { name, version, description }: FunctionAlias): lambda.AliasConfiguration {
  return { AliasArn: `${arn}:${name}`, Name: name, FunctionVersion: version, Description: description };
}
