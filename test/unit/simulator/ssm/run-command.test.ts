import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CallContext } from '../../../../simulator/cloud/service.ts';
import type { Machine } from '../../../../simulator/instances/machine.ts';
import { Commands } from '../../../../simulator/ssm/commands.ts';
import { Documents, renderScript } from '../../../../simulator/ssm/documents.ts';
import { Parameters } from '../../../../simulator/ssm/parameters.ts';
import { ssmService } from '../../../../simulator/ssm/service.ts';
import { World } from '../../../../simulator/world/world.ts';

const region = 'us-east-1';
const account = '111111111111';
const diagnosis = readFileSync(
  resolve(import.meta.dirname, '../../../../deploy/ssm-documents/collect-node-diagnosis.yaml'),
  'utf8',
);

function makeCloud() {
  const world = new World({ seed: 1 });
  const files = new Map<string, string>();
  const journals = new Map<string, string[]>();
  const state = { online: true, reboots: 0, units: [] as string[], inactive: [] as string[] };
  const machine = {
    world,
    instanceId: 'i-0abc',
    privateDnsName: 'ip-10-0-1-23.ec2.internal',
    privateIpAddress: '10.0.1.23',
    files,
    tags: () => ({ 'tender:cluster': 'demo' }),
    writeFile: (path: string, text: string) => files.set(path, text),
    journalOf: (unit: string) => journals.get(unit) ?? [],
    reboot: () => {
      state.reboots += 1;
    },
    systemctl: (verb: string, unit: string) => state.units.push(`${verb} ${unit}`),
    inactiveUnits: () => state.inactive,
  } as unknown as Machine;
  const keys = { authorizeUse: () => ({ arn: 'key' }) };
  const parameters = new Parameters(world, { region, account }, keys);
  const documents = new Documents(world);
  const machines = {
    machine: (id: string) => (id === 'i-0abc' ? machine : undefined),
    online: (id: string) => id === 'i-0abc' && state.online,
    instanceIds: () => ['i-0abc'],
  };
  const service = ssmService(parameters, documents, new Commands(world, documents, machines, { put: () => {} }));
  const caller = { arn: `arn:aws:iam::${account}:user/operator`, account, context: {} };
  const context: CallContext = { world, region, account, caller, requestId: 'r-1' };
  const call = async <T = Record<string, unknown>>(name: string, input: object): Promise<T> =>
    (await service.operations[name]?.run(input as never, context)) as T;
  return { world, files, journals, state, parameters, call };
}

type Cloud = ReturnType<typeof makeCloud>;

async function run(cloud: Cloud, lines: readonly string[]) {
  const step = { action: 'aws:runShellScript', name: 'run', inputs: { runCommand: lines, timeoutSeconds: '1' } };
  const Content = JSON.stringify({ schemaVersion: '2.2', mainSteps: [step] });
  await cloud.call('CreateDocument', { Name: 'Own-Document', Content });
  return send(cloud, { DocumentName: 'Own-Document' });
}

async function send(cloud: Cloud, input: object) {
  const { Command } = await cloud.call<{ Command: { CommandId: string } }>('SendCommand', {
    InstanceIds: ['i-0abc'],
    ...input,
  });
  await cloud.world.untilIdle();
  const asked = { CommandId: Command.CommandId, InstanceId: 'i-0abc' };
  return cloud.call<Record<string, string>>('GetCommandInvocation', asked);
}

describe('Run Command', () => {
  test("runs a script in a real shell on the machine's own tree, and the machine keeps what it wrote", async () => {
    const cloud = makeCloud();
    cloud.files.set('/etc/kubernetes/kubelet.conf', 'kind: Config\n');

    const invocation = await run(cloud, [
      'cat "$TENDER_ROOT/etc/kubernetes/kubelet.conf"; hostname; date -u +%F',
      'echo new > "$TENDER_ROOT/etc/tender/note"',
    ]);

    expect(invocation).toMatchObject({ Status: 'Success', ResponseCode: 0 });
    expect(invocation.StandardOutputContent).toBe('kind: Config\nip-10-0-1-23.ec2.internal\n2026-03-02\n');
    expect(cloud.files.get('/etc/tender/note')).toBe('new\n');
  });

  test('tells exit code and standard error of a script that fails', async () => {
    const invocation = await run(makeCloud(), ['echo broken >&2', 'exit 7']);

    expect(invocation).toMatchObject({ Status: 'Failed', ResponseCode: 7, StandardErrorContent: 'broken\n' });
  });

  test('kills a script at its timeout', async () => {
    const invocation = await run(makeCloud(), ['sleep 30']);

    expect(invocation).toMatchObject({ Status: 'TimedOut' });
  });

  test('reboots the machine, not the host, when the script says reboot', async () => {
    const cloud = makeCloud();

    await run(cloud, ['systemctl reboot']);

    expect(cloud.state.reboots).toBe(1);
  });

  test('shows a unit that is down, and tells the machine what a script does to units', async () => {
    const cloud = makeCloud();
    cloud.journals.set('kubelet', ['started']);
    cloud.state.inactive = ['kubelet'];

    const script =
      'systemctl is-active kubelet; systemctl restart containerd.service; systemctl restart kubelet; systemctl is-active kubelet';
    const invocation = await run(cloud, [script]);

    expect(invocation.StandardOutputContent).toBe('inactive\nactive\n');
    expect(cloud.state.units).toEqual(['restart containerd', 'restart kubelet']);
  });

  test('does not know an invocation in the moment after it was sent', async () => {
    const cloud = makeCloud();
    await cloud.call('CreateDocument', { Name: 'Diagnosis', Content: diagnosis, DocumentFormat: 'YAML' });

    const { Command } = await cloud.call<{ Command: { CommandId: string } }>('SendCommand', {
      DocumentName: 'Diagnosis',
      InstanceIds: ['i-0abc'],
    });
    const asking = cloud.call('GetCommandInvocation', { CommandId: Command.CommandId, InstanceId: 'i-0abc' });

    await expect(asking).rejects.toMatchObject({ code: 'InvocationDoesNotExist' });
  });

  test('refuses an instance whose agent does not answer', async () => {
    const cloud = makeCloud();
    cloud.state.online = false;

    await expect(run(cloud, ['true'])).rejects.toMatchObject({ code: 'InvalidInstanceId' });
  });
});

describe('the document that collects a diagnosis', () => {
  test('shows the logs without any secret, within the length that AWS gives back', async () => {
    const cloud = makeCloud();
    const secrets = ['abcdef.0123456789abcdef', 'MIIBsecretkey', 'ZXhhbXBsZWJlYXJlcg', 'hush-hush'];
    const line = (n: number) => `line ${n} ${'x '.repeat(120)}`;
    cloud.journals.set('kubelet', [
      ...Array.from({ length: 500 }, (_, n) => line(n)),
      `join --token ${secrets[0]}`,
      '-----BEGIN RSA PRIVATE KEY-----',
      secrets[1] ?? '',
      '-----END RSA PRIVATE KEY-----',
      `Authorization: Bearer ${secrets[2]}`,
      `password: ${secrets[3]}`,
      'the newest line',
    ]);
    cloud.journals.set('cloud-init', ['kubeadm came up']);
    await cloud.call('CreateDocument', { Name: 'Diagnosis', Content: diagnosis, DocumentFormat: 'YAML' });

    const invocation = await send(cloud, { DocumentName: 'Diagnosis', Parameters: { maxLines: ['999'] } });

    const text = invocation.StandardOutputContent ?? '';
    expect(invocation).toMatchObject({ Status: 'Success', StandardErrorContent: '' });
    expect(text).toContain('kubeadm came up');
    expect(text).toContain('the newest line');
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text.length).toBeLessThan(24_000);
    expect(text).not.toContain('output truncated');
  });

  test('takes a number of lines and nothing else', async () => {
    const cloud = makeCloud();
    await cloud.call('CreateDocument', { Name: 'Diagnosis', Content: diagnosis, DocumentFormat: 'YAML' });

    const sending = send(cloud, { DocumentName: 'Diagnosis', Parameters: { maxLines: ["1'; reboot"] } });

    await expect(sending).rejects.toMatchObject({ code: 'InvalidParameters' });
  });

  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  test.skipIf(!hasShellcheck)('passes shellcheck (skipped where that is not installed)', () => {
    const documents = new Documents(new World({ seed: 1 }));
    const { versions } = documents.create({ Name: 'Diagnosis', Content: diagnosis, DocumentFormat: 'YAML' });
    const content = versions[0]?.content;
    const script = content ? renderScript(content, {}).script : '';

    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: script, encoding: 'utf8' });

    expect(script).toContain('redact()');
    expect(stdout).toBe('');
  });
});
