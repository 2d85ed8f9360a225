import { mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EtcdRelease } from './etcd-programs.ts';

/** A directory with the programs of etcd that a restore takes, as a layer without an API server has them; made in this one. */
export async function toolsOnly({ etcd, restorer }: EtcdRelease, directory: string): Promise<string> {
  const tools = join(directory, 'tools');
  await mkdir(tools);
  for (const program of [etcd, restorer]) await symlink(program, join(tools, basename(program)));
  return tools;
}
