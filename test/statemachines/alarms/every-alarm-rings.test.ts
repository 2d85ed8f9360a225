import { beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { killKubelet } from '../../support/scenarios/watched.ts';
import { templateResources } from '../../support/template.ts';

const long = process.env.TENDER_LONG !== undefined;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const alarms = templateResources().filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
const machines = templateResources().filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');

interface Ringing {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly NewStateReason: string;
}

// Half a minute: hours of a world for nineteen alarms. `npm run test:long` has it.
describe.runIf(long)('the alarms of the template', { timeout: 120_000 }, () => {
  let fleet: Fleet;
  let scenario: FaultScenario;
  const rung = () =>
    scenario.cloud.topics.mails
      .filter(({ subject }) => subject.startsWith('ALARM: '))
      .map(({ message }) => JSON.parse(message) as Ringing);
  const names = () => new Set(rung().map(({ AlarmName }) => AlarmName.replace('tender-dev-', '')));
  const concurrency = (name: string, ReservedConcurrentExecutions: number) =>
    scenario.operate('lambda', 'PutFunctionConcurrency', {
      FunctionName: `tender-dev-${name}`,
      ReservedConcurrentExecutions,
    });

  beforeAll(async () => {
    fleet = await rehearseFleet({
      workers: 5,
      terminateHook: true,
      schedules: true,
      healthMinutes: 1,
      checksRefusals: true,
      cloud: { alarms: 'awake', audited: true },
    });
    scenario = fleet.scenario;
  });

  it('keep quiet in a cluster that is well', async () => {
    await scenario.world.advance(12 * MINUTE);

    expect([...names()]).toEqual([]);
  });

  it('ring for what nobody hears: signals, events, hooks, a breaker, the andon, an entry that cannot be used', async () => {
    await scenario.operate('ssm', 'PutParameter', { Name: '/tender/andon', Type: 'String', Value: 'a rehearsal' });
    await scenario.operate('ssm', 'PutParameter', {
      Name: '/tender/clusters/broken',
      Type: 'String',
      Value: 'name: 7',
    });
    const [failed, undelivered] = ['FailedSignals', 'UndeliveredEvents'].map((id) => scenario.deployment.resource(id));
    for (const QueueUrl of [failed, undelivered])
      await scenario.operate('sqs', 'SendMessage', { QueueUrl, MessageBody: 'a signal' });
    // What it starts is changed, and cannot be written down.
    scenario.plant(
      ({ functionName, operation }) => functionName === 'tender-dev-start-due-workflows' && operation === 'PutObject',
      { kind: 'error', code: 'AccessDenied', message: 'no', status: 403 },
      { times: Number.POSITIVE_INFINITY },
    );
    // A hook that nobody sees to is seen to by a pass, unless that can start nothing.
    scenario.plant(
      ({ functionName, operation }) => functionName === 'tender-dev-check-health' && operation === 'StartExecution',
      { kind: 'error', code: 'ServiceUnavailable', message: 'no', status: 503 },
      { times: Number.POSITIVE_INFINITY },
    );
    await concurrency('route-signal', 0);
    const [first, ...others] = fleet.workers;
    await scenario.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
      InstanceId: first?.instanceId,
      ShouldDecrementDesiredCapacity: true,
    });
    for (const worker of others.slice(0, 3)) killKubelet(scenario, worker);
    await scenario.world.advance(16 * MINUTE);

    expect([...names()].sort()).toEqual([
      'andon-pulled',
      'audit-records-lost',
      'breakers-open',
      'clusters-misconfigured',
      'events-undelivered',
      'hooks-unattended',
      'signals-failed',
      'signals-not-routed',
    ]);
  });

  it('ring for health passes that are not made', async () => {
    await concurrency('check-health', 0);
    await scenario.world.advance(11 * MINUTE);

    expect(names()).toContain('health-passes-failed');
  });

  it('ring for state machines whose executions fail', async () => {
    await scenario.deployment.stopSchedules();
    // What nothing is known of fails; only a sweep finds nothing to do there. One that is stopped is one that nobody sweeps.
    const wrong = { cluster: 'nobody', instanceId: 'i-0', groupName: 'nobody' };
    for (const id of [
      'NodeDrainMachine',
      'OsUpdateMachine',
      'EtcdDrillMachine',
      'SweepMachine',
      'UserHookMachine',
    ] as const)
      scenario.startByHand(id, wrong);
    for (const sweep of scenario.deployment.executions('sweep')) await scenario.stop(sweep);
    for (let quarter = 0; quarter < 12; quarter += 1) {
      scenario.startByHand('LoadBalancerSyncMachine', wrong);
      if (quarter % 4 === 0) scenario.startByHand('PkiBackupMachine', wrong);
      await scenario.world.advance(15 * MINUTE);
    }
    await scenario.world.advance(HOUR);

    const failed = ['node-workflows-failed', 'update-stopped', 'etcd-workflows-failed', 'not-swept', 'rounds-failed'];
    expect([...names()]).toEqual(expect.arrayContaining([...failed, 'user-hooks-failed', 'backups-failed']));
  });

  it('look at how each state machine ends', () => {
    const seen = JSON.stringify(alarms);
    expect(machines.filter(({ id }) => !seen.includes(`{"Ref":"${id}"}`)).map(({ id }) => id)).toEqual([]);
  });

  it('ring for ticks that do not come, and for snapshots that are too old or not proven', async () => {
    await registerArchive(scenario);
    for (const kind of ['db.zst', 'json'])
      await scenario.operate('s3', 'PutObject', {
        Bucket: scenario.deployment.resource('SnapshotBucket'),
        Key: `etcd/archive/20260101T000000Z-r0000000001.${kind}`,
        Body: '{}',
      });
    await scenario.world.advance(50 * HOUR);
    scenario.startByHand('EtcdDrillMachine', { cluster: 'archive', scheduled: true });
    await scenario.world.advance(2 * HOUR);

    expect([...names()]).toEqual(expect.arrayContaining(['ticks-missing', 'snapshot-overdue', 'proof-overdue']));
  });

  it('have all rung by now, each with what happened, what to do, the command and the page', () => {
    const silent = alarms.filter(
      ({ Properties }) => !names().has(String(Properties.AlarmName).replace('tender-dev-', '')),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
    expect(
      rung().filter(
        ({ AlarmDescription }) => !/^.+ What to do: .+ Command: .+ Runbook: docs\/\S+$/.test(AlarmDescription),
      ),
    ).toEqual([]);
  });
});

/** A cluster with etcd that nobody reaches; what there is of it are snapshots. */
async function registerArchive(scenario: FaultScenario): Promise<void> {
  const Name = '/tender/clusters/demo';
  const { Parameter } = await scenario.operate<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name });
  const entry = JSON.parse(Parameter.Value) as { kubernetes: { auth: { secretArn: string } } };
  const { secretArn } = entry.kubernetes.auth;
  const etcd = { endpoints: ['https://10.255.0.1:2379'], secretArn, drills: { everyDays: 1 } };
  const Value = JSON.stringify({ ...entry, name: 'archive', etcd });
  await scenario.operate('ssm', 'PutParameter', { Name: '/tender/clusters/archive', Type: 'String', Value });
}
