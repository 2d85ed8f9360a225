import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadArchive, downloadBinary } from '../../../scripts/assets/download.ts';
import type { PinnedFile } from '../../../scripts/assets/pins.ts';

let directory: string;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'download-'));
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function serve(bytes: Uint8Array, status = 200): Promise<PinnedFile> {
  const listening = createServer((_, response) => response.writeHead(status).end(bytes));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { url: `http://127.0.0.1:${port}/file`, algorithm: 'sha256', digest };
}

/** As controller-tools packs it: `controller-tools/envtest/<program>`. */
async function archiveOf(programs: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const root = join(directory, 'packed', 'controller-tools', 'envtest');
  await mkdir(root, { recursive: true });
  for (const [name, text] of Object.entries(programs)) await writeFile(join(root, name), text, { mode: 0o755 });
  const tar = spawnSync('tar', ['-czf', '-', '-C', join(directory, 'packed'), 'controller-tools']);
  await rm(join(directory, 'packed'), { recursive: true });
  return tar.stdout;
}

describe('downloading assets', () => {
  it('puts the programs of an archive side by side, and leaves nothing else', async () => {
    const pin = await serve(await archiveOf({ etcd: 'the etcd', kubectl: 'the kubectl', surplus: 'unwanted' }));
    await downloadArchive(pin, directory, ['etcd', 'kubectl']);
    expect((await readdir(directory)).sort()).toEqual(['etcd', 'kubectl']);
    expect(await readFile(join(directory, 'etcd'), 'utf8')).toBe('the etcd');
  });

  it('makes a single program executable', async () => {
    const pin = await serve(Buffer.from('#!/bin/sh\n'));
    await downloadBinary(pin, join(directory, 'program'));
    expect((await stat(join(directory, 'program'))).mode & 0o111).toBe(0o111);
  });

  it('keeps nothing that does not hash to what was pinned', async () => {
    const pin = { ...(await serve(Buffer.from('something else'))), digest: '0'.repeat(64) };
    await expect(downloadBinary(pin, join(directory, 'program'))).rejects.toMatchObject({
      name: 'ChecksumMismatchError',
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('says what a host answered that does not have the file', async () => {
    const pin = await serve(Buffer.from('gone'), 404);
    await expect(downloadBinary(pin, join(directory, 'program'))).rejects.toThrow(/answered 404/);
  });
});
