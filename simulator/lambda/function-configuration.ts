import type { FunctionConfiguration, Runtime } from '@aws-sdk/client-lambda';
import type { VersionRuntime } from './version-runtime.ts';

/** A version as GetFunctionConfiguration and its like show it. `qualified`: with the version in its ARN. */
export function functionConfiguration(
  { settings, version }: VersionRuntime,
  qualified = version !== '$LATEST',
): FunctionConfiguration {
  const { vpc, deadLetterArn } = settings;
  return {
    FunctionName: settings.name,
    FunctionArn: qualified ? `${settings.arn}:${version}` : settings.arn,
    Runtime: settings.runtime as Runtime,
    Role: settings.roleArn,
    Handler: settings.handler,
    CodeSize: settings.code.size,
    CodeSha256: settings.code.sha256,
    Description: settings.description,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMb,
    LastModified: settings.lastModified.replace('Z', '+0000'),
    Version: version,
    ...(vpc ? { VpcConfig: { SubnetIds: [...vpc.subnetIds], SecurityGroupIds: [...vpc.securityGroupIds] } } : {}),
    ...(deadLetterArn ? { DeadLetterConfig: { TargetArn: deadLetterArn } } : {}),
    ...(Object.keys(settings.environment).length > 0
      ? { Environment: { Variables: { ...settings.environment } } }
      : {}),
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [settings.architecture],
    EphemeralStorage: { Size: settings.ephemeralStorageMb ?? 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: settings.logGroupName },
  };
}
