import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a Dockerfile makes, as a folder: its file system but for what the base image brings, and how it is started. */
export interface AssembledImage {
  /** `node:24-slim` */
  readonly base: string;
  readonly folder: string;
  readonly user: string;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
}

/**
 * Does with a folder what `docker build` does with it, into another folder.
 * @param folder gets the files; exists
 * @throws Error for an instruction that is not known here: the image would be another than this folder
 */
export async function assembleImage(context: string, folder: string): Promise<AssembledImage> {
  const made = { base: '', folder, user: 'root', workingDirectory: '/', entrypoint: [] as readonly string[] };
  for (const line of instructions(await readFile(join(context, 'Dockerfile'), 'utf8'))) {
    const [, instruction = '', value = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') made.base = value;
    else if (instruction === 'USER') made.user = value;
    else if (instruction === 'WORKDIR') made.workingDirectory = value;
    else if (instruction === 'ENTRYPOINT') made.entrypoint = JSON.parse(value) as readonly string[];
    else if (instruction === 'COPY') await copy(context, folder, value);
    else throw new Error(`nobody does here what the Dockerfile says: ${line}`);
  }
  await mkdir(join(folder, made.workingDirectory), { recursive: true });
  await chmod(join(folder, made.workingDirectory), 0o1777);
  return made;
}

/** What ends in a slash is a folder, whose content is copied. */
async function copy(context: string, folder: string, value: string): Promise<void> {
  const [from, to, ...more] = value.split(/\s+/);
  if (from === undefined || to === undefined || more.length > 0 || from.startsWith('--'))
    throw new Error(`a COPY of one source and one target is known here, not: ${value}`);
  const target = join(folder, to);
  await mkdir(from.endsWith('/') ? target : dirname(target), { recursive: true });
  await cp(join(context, from), target, { recursive: true });
}

function instructions(dockerfile: string): readonly string[] {
  return dockerfile
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
