import { type Access, AwsError, type CallContext, type Operation } from '../cloud/service.ts';
import type { Authorizer } from '../iam/authorizer.ts';
import { ConditionContext } from '../iam/conditions.ts';
import { evaluatePolicies, principalFits } from '../iam/evaluate.ts';
import { statementsOf } from '../iam/policy.ts';
import type { Keys } from '../kms/keys.ts';
import type { Bucket, Encryption } from './bucket.ts';
import type { Buckets } from './buckets.ts';

/** What the operations of S3 work on. */
export interface S3Settings {
  readonly buckets: Buckets;
  readonly keys: Keys;
  readonly authorizer: Authorizer;
}

/** Bucket policies and keys: what S3 itself checks after the caller's own policies. */
export class Guard {
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
  }

  /** An operation whose accesses are also put before the policies of the buckets they name. */
  operation<Input, Output>(
    access: (input: Input, call: CallContext) => readonly Access[],
    run: (input: Input, call: CallContext) => Output | Promise<Output>,
    mutating?: boolean,
  ): Operation<Input, Output> {
    return {
      access,
      ...(mutating === undefined ? {} : { mutating }),
      run: (input, call) => {
        for (const each of access(input, call)) this.#checkPolicy(each, call);
        return run(input, call);
      },
    };
  }

  /** Whether the caller may list the bucket: then it learns that a key is missing (404), else only that it may not (403). */
  mayList(bucket: Bucket, call: CallContext): boolean {
    return this.#settings.authorizer.allows(call.caller, { action: 's3:ListBucket', resource: bucket.arn });
  }

  /**
   * The encryption of a new object: what the request says, else the bucket's default. The caller needs the key.
   * @throws AwsError AccessDenied (with KMS's sentence), KMS.NotFoundException.
   */
  encryptionFor(
    bucket: Bucket,
    key: string,
    request: { readonly ServerSideEncryption?: string | undefined; readonly SSEKMSKeyId?: string | undefined },
    call: CallContext,
  ): Encryption {
    const fallback = bucket.settings.encryption;
    const algorithm = request.ServerSideEncryption ?? fallback?.algorithm ?? 'AES256';
    if (algorithm === 'AES256') return { algorithm };
    if (algorithm !== 'aws:kms') {
      throw new AwsError('NotImplemented', `The local cloud does not encrypt with ${algorithm}.`, { status: 501 });
    }
    const keyId =
      request.SSEKMSKeyId ??
      (request.ServerSideEncryption ? undefined : fallback?.keyId) ??
      fallback?.keyId ??
      'alias/aws/s3';
    const bucketKey = fallback?.bucketKey ?? false;
    const keyArn = this.#useKey(bucket, key, keyId, bucketKey, 'kms:GenerateDataKey', call);
    return { algorithm, keyArn, bucketKey };
  }

  /** Reading needs kms:Decrypt on the object's key. @throws AwsError AccessDenied. */
  checkDecrypt(bucket: Bucket, key: string, encryption: Encryption, call: CallContext): void {
    if (encryption.keyArn === undefined) return;
    this.#useKey(bucket, key, encryption.keyArn, encryption.bucketKey ?? false, 'kms:Decrypt', call);
  }

  // With a bucket key the encryption context is the bucket's ARN, else the object's.
  #useKey(bucket: Bucket, key: string, keyId: string, bucketKey: boolean, action: string, call: CallContext): string {
    const encryptionContext = { 'aws:s3:arn': bucketKey ? bucket.arn : `${bucket.arn}/${key}` };
    try {
      return this.#settings.keys.authorizeUse(call.caller, keyId, { action, encryptionContext, via: 's3' }).arn;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === 'AccessDeniedException') throw new AwsError('AccessDenied', error.message, { status: 403 });
      throw new AwsError(`KMS.${error.code}`, error.message, { status: 400 });
    }
  }

  // Callers of other accounts need the bucket's word too; a deny is for everybody, the operator included.
  #checkPolicy(access: Access, { caller, world }: CallContext): void {
    const bucket = this.#settings.buckets.find(/^arn:[^:]*:s3:::([^/]+)/.exec(access.resource)?.[1] ?? '');
    if (!bucket) return;
    const statements = bucket.settings.policy ? statementsOf(bucket.settings.policy) : [];
    const forCaller = statements.filter((statement) => principalFits(statement.Principal, caller));
    const context = new ConditionContext(
      () => ({
        'aws:PrincipalArn': caller.arn,
        'aws:PrincipalAccount': caller.account,
        // The local socket has no TLS, but it stands for https.
        'aws:SecureTransport': 'true',
        'aws:CurrentTime': world.date().toISOString(),
      }),
      caller.context,
      access.context ?? {},
    );
    const { decision } = evaluatePolicies([{ name: 'bucket', document: { Statement: forCaller } }], {
      ...access,
      context,
    });
    if (decision === 'deny') throw denied(caller.arn, access, 'with an explicit deny in a resource-based policy');
    if (decision === 'none' && caller.account !== bucket.account) {
      throw denied(caller.arn, access, `because no resource-based policy allows the ${access.action} action`);
    }
  }
}

function denied(arn: string, { action, resource }: Access, why: string): AwsError {
  const message = `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" ${why}`;
  return new AwsError('AccessDenied', message, { status: 403 });
}
