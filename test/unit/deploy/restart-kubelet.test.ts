import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../simulator/instances/machine.ts';
import { Documents, renderScript } from '../../../simulator/ssm/documents.ts';
import { runInShell } from '../../../simulator/ssm/shell.ts';
import { World } from '../../../simulator/world/world.ts';

const file = resolve(import.meta.dirname, '../../../deploy/ssm-documents/restart-kubelet.yaml');
const world = new World({ seed: 1 });

function script(): string {
  const Content = readFileSync(file, 'utf8');
  const { versions } = new Documents(world).create({ Name: 'Restart', Content, DocumentFormat: 'YAML' });
  const content = versions[0]?.content;
  return content ? renderScript(content, {}).script : '';
}

async function restart({ os = 'ID=flatcar', inactive = [] as string[], units = ['containerd', 'kubelet'] } = {}) {
  const done: string[] = [];
  const machine = {
    world,
    instanceId: 'i-0abc',
    privateDnsName: 'ip-10-0-1-23.ec2.internal',
    privateIpAddress: '10.0.1.23',
    files: new Map([['/etc/os-release', `${os}\n`]]),
    writeFile: () => {},
    journalOf: (unit: string) => (units.includes(unit) ? [`${unit} began`] : []),
    inactiveUnits: () => inactive,
    systemctl: (verb: string, unit: string) => done.push(`${verb} ${unit}`),
  } as unknown as Machine;
  return { ...(await runInShell(machine, script(), 10)), done };
}

describe('the document that restarts a kubelet', () => {
  it('restarts containerd and then the kubelet, and says what did not run before', async () => {
    const { code, stdout, done } = await restart({ inactive: ['kubelet'] });
    expect(stdout.split('\n')).toEqual([
      'containerd: active before',
      'kubelet: inactive before',
      'containerd: active now',
      'kubelet: active now',
      '',
    ]);
    expect([code, done]).toEqual([0, ['restart containerd', 'restart kubelet']]);
  });

  it('fails where a unit does not run afterwards', async () => {
    const { code, stdout } = await restart({ units: ['containerd'] });
    expect(code).toBe(1);
    expect(stdout).toContain('kubelet: inactive now');
  });

  it.each([
    ['ID=flatcar', 0],
    ['ID="amzn"\nID_LIKE="fedora"', 0],
    ['ID=ubuntu\nID_LIKE=debian', 0],
    ['ID=rocky\nID_LIKE="rhel centos fedora"', 0],
    ['ID=bottlerocket', 3],
    ['ID=nixos', 3],
    ['NAME=nothing', 3],
  ])('on an operating system that says %j ends with %i', async (os, status) => {
    const { code, stderr, done } = await restart({ os });
    expect([code, done.length > 0]).toEqual([status, status === 0]);
    if (status !== 0) expect(stderr).toMatch(/^refused: .*(Bottlerocket has no shell|is not one that Tender knows)/);
  });

  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  it.skipIf(!hasShellcheck)('passes shellcheck (skipped where that is not installed)', () => {
    expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input: script(), encoding: 'utf8' }).stdout).toBe('');
  });
});
