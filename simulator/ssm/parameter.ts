/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number;
  readonly type: 'String' | 'StringList' | 'SecureString';
  /** Plain text; a SecureString's is given out only with decryption. */
  readonly value: string;
  readonly description: string | undefined;
  readonly keyId: string | undefined;
  readonly tier: 'Standard' | 'Advanced';
  readonly allowedPattern: string | undefined;
  readonly dataType: string;
  readonly policies: string | undefined;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

/** A parameter with its history, oldest version first. */
export interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly tags: Map<string, string>;
  readonly versions: ParameterVersion[];
}

/** Characters of a value by tier (Parameter Store quotas): 4 KiB and 8 KiB. */
export const largestValue = { Standard: 4096, Advanced: 8192 } as const;
