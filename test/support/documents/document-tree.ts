import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { load } from 'js-yaml';
import { runKillable } from '../../../rehearsal/kubeadm-tree/killable-shell.ts';
import { type CommandContent, renderScript } from '../../../simulator/ssm/documents.ts';
import type { ShellResult } from '../../../simulator/ssm/shell.ts';

const documents = resolve(import.meta.dirname, '../../../deploy/ssm-documents');

/** What a document finds on a machine. */
export interface TreeContents {
  /** Text by path on the machine. */
  readonly files: Readonly<Record<string, string>>;
  /** Programs played by a shell script each, which keeps what it did in `$TENDER_STATE`. */
  readonly programs: Readonly<Record<string, string>>;
}

/** A machine as a directory tree, on which SSM documents run in a real shell. */
export class DocumentTree {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make({ files, programs }: TreeContents): Promise<DocumentTree> {
    const tree = new DocumentTree(await mkdtemp(join(tmpdir(), 'document-')));
    for (const name of ['root', 'state']) await mkdir(join(tree.#folder, name));
    for (const [path, text] of Object.entries(files)) await tree.#write(`root${path}`, text);
    for (const [name, body] of Object.entries(programs)) {
      await tree.#write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
      await chmod(join(tree.#folder, 'bin', name), 0o755);
    }
    return tree;
  }

  /** Runs a document. `killAt`: all of its processes die before its nth command, and the result has no code. */
  async run(name: string, parameters: Readonly<Record<string, string>>, killAt?: number): Promise<ShellResult> {
    const content = load(await readFile(join(documents, `${name}.yaml`), 'utf8')) as CommandContent;
    const given = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, [value]]));
    const env = {
      PATH: `${join(this.#folder, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      TMPDIR: this.#folder,
      AWS_SSM_REGION_NAME: 'us-east-1',
      TENDER_ROOT: join(this.#folder, 'root'),
      TENDER_STATE: join(this.#folder, 'state'),
    };
    return runKillable(renderScript(content, given).script, env, killAt);
  }

  /** The machine's files, by path. */
  files(): Promise<ReadonlyMap<string, string>> {
    return textsIn(join(this.#folder, 'root'));
  }

  /** What the played programs have noted, by name. */
  state(): Promise<ReadonlyMap<string, string>> {
    return textsIn(join(this.#folder, 'state'));
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #write(path: string, text: string): Promise<void> {
    const file = join(this.#folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function textsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [`/${relative(folder, path)}`, await readFile(path, 'utf8')] as const)),
  );
}
