import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyEtcd } from '../support/etcd/etcd-releases.ts';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);
/** Packaging may come first, on a machine that does other things. */
const patienceMs = 150_000;

/** `npm start` as the leader of a group of processes, as a terminal starts it. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn('node', ['scripts/run.mjs', 'scripts/start.ts', ...args], {
    cwd: root,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
  return {
    ended,
    text: () => output,
    /** Signals the whole group, as Ctrl-C does; one that has ended is fine. */
    interrupt: () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGINT');
    },
    /** Resolves when the text has come; fails with what came instead. */
    says: async (text: string) => {
      const until = Date.now() + patienceMs;
      while (!output.includes(text)) {
        if (Date.now() > until || child.exitCode !== null) throw new Error(`no '${text}' in:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

function installed(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('npm start -- --once tells the whole story in plain lines and ends with 0', { timeout: patienceMs }, async () => {
  const once = start(['--once']);

  expect(await once.ended, once.text()).toBe(0);
  const text = once.text();
  expect(text).toMatch(/deploying to it by npx serverless deploy … \d/);
  expect(text).toContain('demo-workers is to have 5 instances instead of 2');
  expect(text).toContain('did not join in time: its logs are collected');
  expect(text).toContain('its hook is answered: ABANDON');
  expect(text).toMatch(/s3:\/\/\S+\/diagnosis\/demo\/i-/);
  expect(text).toContain('demo-workers is to have 4 instances instead of 5');
  expect(text).toMatch(/PodDisruptionBudget default\/shop allows 0 disruptions/);
  expect(text).toContain('is warned: EC2 takes it in two minutes');
  expect(text).toContain('is scheduled for retirement by AWS Health');
  expect(text).toMatch(/spot interruption: empty after \S+, gone after \S+; by itself it would have gone after 2m00s/);
  expect(text).toMatch(/\d{4} sent, \d{4} answered, \d+ open at the end, 0 failed/);
  expect(text).toMatch(/\d+ state transitions, \d+ Lambda invocations/);
  expect(text).toContain('All is well: 4 workers in service');
  expect(text).not.toContain('\u001b');
  // Without an etcd that is said, and left out.
  if (!anyEtcd().release) expect(text).toContain('what is about etcd is left out');
  else
    expect(text).toMatch(/1 snapshot proven by a restore; the member that was lost is replaced; 3 vote, \d+ objects/);
});

test('an argument that makes no sense ends with 1 and the help', { timeout: patienceMs }, async () => {
  const wrong = start(['--speed', 'fast']);

  expect(await wrong.ended).toBe(1);
  expect(wrong.text()).toContain("--speed must be a number from 0.1 to 1000, not 'fast'");
});

describe('npm start, when it stays up', () => {
  // A folder of its own for temporary files, so that what is left behind is seen.
  const temporary = mkdtempSync(join(tmpdir(), 'start-test-'));
  let demo: ReturnType<typeof start>;
  let endpoint = '';
  let kubeconfig = '';
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };

  beforeAll(async () => {
    demo = start(['--speed', '200'], { TMPDIR: temporary });
    await demo.says('Ctrl-C ends it');
    endpoint = /AWS_ENDPOINT_URL=(\S+)/.exec(demo.text())?.[1] ?? '';
    kubeconfig = /KUBECONFIG=(\S+)/.exec(demo.text())?.[1] ?? '';
  }, patienceMs);

  afterAll(async () => {
    demo.interrupt();
    await demo.ended;
    rmSync(temporary, { recursive: true, force: true });
  }, patienceMs);

  test('answers the AWS SDK on a real socket', async () => {
    const settings = { region: 'us-east-1', endpoint, credentials };

    const { AutoScalingGroups } = await new AutoScalingClient(settings).send(new DescribeAutoScalingGroupsCommand({}));
    const stateMachineArn = /--state-machine-arn (\S+)/.exec(demo.text())?.[1];
    const { executions } = await new SFNClient(settings).send(new ListExecutionsCommand({ stateMachineArn }));

    const workers = AutoScalingGroups?.find((group) => group.AutoScalingGroupName === 'demo-workers');
    expect(workers?.Instances?.map((instance) => instance.LifecycleState)).toEqual(Array(4).fill('InService'));
    expect(executions?.filter(({ status }) => status === 'FAILED')).toHaveLength(1);
  });

  const aws = installed('aws', '--version');
  // Needs the AWS CLI.
  test.skipIf(!aws)('answers the AWS CLI as it is printed (skipped where no aws is installed)', async () => {
    const line = /^ *(AWS_ENDPOINT_URL=.* describe-auto-scaling-groups)$/m.exec(demo.text())?.[1] ?? '';

    const { stdout } = await run('sh', ['-c', `${line} --output json`]);

    expect((JSON.parse(stdout) as { AutoScalingGroups: unknown[] }).AutoScalingGroups).toHaveLength(2);
  });

  const kubectl = installed('kubectl', 'version', '--client');
  test.skipIf(!kubectl)('answers kubectl as it is printed (skipped where no kubectl is installed)', async () => {
    const { stdout } = await run('kubectl', ['get', 'nodes', '--no-headers'], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
    });

    expect(stdout.trim().split('\n')).toHaveLength(7);
    expect(stdout).not.toContain('NotReady');
  });

  test('keeps the kubeconfig to its owner, and leaves nothing behind when it is interrupted', async () => {
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);

    demo.interrupt();
    expect(await demo.ended).toBe(130);
    await expect.poll(() => existsSync(kubeconfig)).toBe(false);

    expect(readdirSync(temporary).filter((name) => name.startsWith('tender-'))).toEqual([]);
    await expect(fetch(endpoint)).rejects.toThrow();
  });
});
