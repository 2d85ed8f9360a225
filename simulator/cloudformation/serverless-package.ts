import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Template } from './template.ts';

/** What `serverless package` has written: the template, and the archives that it names. */
export interface ServerlessPackage {
  readonly template: Template;
  readonly artifact: (s3Key: string) => Uint8Array | undefined;
}

/**
 * Reads the folder `.serverless`. Serverless uploads each archive under `serverless/<service>/<stage>/<time>/<file>`: the
 * last part is the file in the folder.
 */
export function readServerlessPackage(directory: string): ServerlessPackage {
  const template = readFileSync(join(directory, 'cloudformation-template-update-stack.json'), 'utf8');
  return {
    template: JSON.parse(template) as Template,
    artifact: (s3Key) => {
      const path = join(directory, basename(s3Key));
      return existsSync(path) ? readFileSync(path) : undefined;
    },
  };
}
