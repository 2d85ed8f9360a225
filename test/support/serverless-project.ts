import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type CommandOutcome, runServerless } from '../../rehearsal/serverless-command.ts';

const root = resolve(import.meta.dirname, '../..');
const bin = join(root, 'node_modules/.bin');

/** A copy of this repository, as far as `serverless` needs it, to deploy from and to change; with the bundles that are there. */
export class ServerlessProject {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;

  /** `env`: where AWS is, and who deploys. */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
    this.folder = mkdtempSync(join(tmpdir(), 'tender-deploy-'));
    for (const name of ['serverless.yml', 'package.json', 'deploy', 'statemachines', 'scripts', 'src', '.build']) {
      cpSync(join(root, name), join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Replaces the text of a file by what is made of it. */
  change(file: string, edit: (text: string) => string): void {
    const path = join(this.folder, file);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
  }

  /** `npx serverless …`, without bundling anew. */
  run(...args: readonly string[]): Promise<CommandOutcome> {
    const env = {
      ...{ HOME: this.folder, NO_COLOR: '1', TENDER_KEEP_BUNDLES: '1', AWS_REGION: 'us-east-1' },
      ...{ PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
      ...this.#env,
    };
    return runServerless(this.folder, args, env);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
