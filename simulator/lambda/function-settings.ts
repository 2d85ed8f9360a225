import type { CodePackage } from './code-package.ts';

/** What a version of a function runs with. */
export interface FunctionSettings {
  readonly name: string;
  /** Without a qualifier. */
  readonly arn: string;
  readonly code: CodePackage;
  /** `dir/file.export`. */
  readonly handler: string;
  readonly runtime: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  /** Seconds, 1 to 900. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logGroupName: string;
  readonly architecture: 'arm64' | 'x86_64';
  readonly description: string;
  /** ISO time of the last change. */
  readonly lastModified: string;
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  /** A queue or topic that takes the bare event when asynchronous attempts are used up. */
  readonly deadLetterArn?: string;
  readonly ephemeralStorageMb?: number;
}
