import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../simulator/instances/machine.ts';
import { OperatingSystem, type Release } from '../../../simulator/instances/operating-system.ts';
import { Documents, renderScript } from '../../../simulator/ssm/documents.ts';
import { runInShell } from '../../../simulator/ssm/shell.ts';
import { World } from '../../../simulator/world/world.ts';

const file = resolve(import.meta.dirname, '../../../deploy/ssm-documents/update-and-reboot.yaml');
const world = new World({ seed: 1 });
const newer: Release = { version: '4459.2.1', osImage: 'Flatcar 4459.2.1', kernelVersion: '6.12.61' };

function script(parameters: Readonly<Record<string, readonly string[]>>): string {
  const Content = readFileSync(file, 'utf8');
  const { versions } = new Documents(world).create({
    Name: `Update${Math.trunc(world.random.for('n').between(0, 1e9))}`,
    Content,
    DocumentFormat: 'YAML',
  });
  const content = versions[0]?.content;
  return content ? renderScript(content, parameters).script : '';
}

async function run(
  action: 'look' | 'update' | 'reboot',
  {
    os = 'ID=flatcar',
    available,
    files = {},
    bootId = '',
    units = [],
  }: {
    os?: string;
    available?: Release;
    files?: Record<string, string>;
    bootId?: string;
    units?: string[];
  } = {},
) {
  const system = new OperatingSystem();
  system.available = available;
  const machine = {
    world,
    system,
    instanceId: 'i-0abc',
    bootId: '0b00',
    privateDnsName: 'ip-10-0-1-23.ec2.internal',
    privateIpAddress: '10.0.1.23',
    files: new Map([['/etc/os-release', `${os}\n`], ...Object.entries(files)]),
    writeFile: () => {},
    journalOf: (unit: string) => (units.includes(unit) ? [`${unit} began`] : []),
    inactiveUnits: () => [],
    systemctl: () => {},
  } as unknown as Machine;
  const result = await runInShell(machine, script({ action: [action], bootId: [bootId] }), 10);
  return { ...result, installed: system.installed?.version };
}

describe('the document that updates and reboots', () => {
  it('only looks when it is to look, and installs when it is to update', async () => {
    expect(await run('look', { available: newer })).toMatchObject({ code: 0, installed: undefined });
    const updated = await run('update', { available: newer });
    expect(updated).toMatchObject({ code: 0, installed: '4459.2.1', reboot: false });
    expect(updated.stdout.split('\n')).toEqual([
      'os: flatcar',
      'reboot-required: yes',
      'version-changes: yes',
      'new-version: 4459.2.1',
      'why: update_engine has installed 4459.2.1',
      '',
    ]);
    expect((await run('update')).stdout).toContain('reboot-required: no');
  });

  it('does not update where locksmithd would reboot by itself', async () => {
    const refused = await run('update', { available: newer, units: ['locksmithd'] });
    expect(refused).toMatchObject({ code: 3, installed: undefined });
    expect(refused.stderr).toContain('locksmithd');
  });

  it('reads the sentinel of Debian and Ubuntu, and whether a kernel has set it', async () => {
    const os = 'ID=ubuntu\nID_LIKE=debian';
    expect((await run('update', { os })).stdout).toContain('reboot-required: no');
    const library = { '/run/reboot-required': '', '/run/reboot-required.pkgs': 'libc6\n' };
    expect((await run('look', { os, files: library })).stdout).toMatch(/reboot-required: yes\nversion-changes: no/);
    const kernel = { ...library, '/run/reboot-required.pkgs': 'libc6\nlinux-image-6.1.0-44\n' };
    const both = await run('look', { os, files: kernel });
    expect(both.stdout).toMatch(/reboot-required: yes\nversion-changes: yes/);
    expect(both.stdout).toContain('why: a reboot is asked for by libc6 linux-image-6.1.0-44');
  });

  it('reboots only the boot that was meant', async () => {
    expect(await run('reboot')).toMatchObject({ code: 0, reboot: true });
    expect(await run('reboot', { bootId: '0b00' })).toMatchObject({ code: 0, reboot: true });
    expect(await run('reboot', { bootId: 'abcd' })).toMatchObject({ code: 0, reboot: false });
  });

  it.each(['ID=bottlerocket', 'ID="amzn"\nID_LIKE="fedora"', 'ID=alpine', ''])('refuses %s', async (os) => {
    for (const action of ['look', 'update', 'reboot'] as const)
      expect(await run(action, { os })).toMatchObject({ code: 3, reboot: false });
  });
});
