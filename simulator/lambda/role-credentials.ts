import { type Credentials, roleSession } from '../iam/credentials.ts';
import type { CredentialsIssuer } from './version-runtime.ts';

/**
 * Gives functions the credentials of their roles' sessions. A session carries `lambda:SourceFunctionArn`, which policies
 * may ask for.
 * Source: docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
export function roleCredentials(credentials: Credentials, region: string): CredentialsIssuer {
  return (roleArn, functionName) => {
    const [, account = '', roleName = ''] = /^arn:[\w-]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
    const sourceFunction = `arn:aws:lambda:${region}:${account}:function:${functionName}`;
    return credentials.issue(
      roleSession(account, roleName, functionName, { 'lambda:SourceFunctionArn': sourceFunction }),
    );
  };
}
