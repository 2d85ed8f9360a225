import { expect, test } from 'vitest';
import { ec2Service } from '../../../../simulator/ec2/service.ts';
import { buildFleet, call } from '../../../support/fleet-builder.ts';

async function launched(overrides: Parameters<typeof buildFleet>[0] = {}, request: object = {}) {
  const built = buildFleet(overrides);
  const service = ec2Service(built.fleet.instances, built.fleet.templates);
  const ec2 = (operation: string, input: object = {}) => call(built, service, operation, input);
  const answer = await ec2('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateName: 'workers' },
    ...request,
  });
  const [instance] = [...built.fleet.instances.all.values()];
  if (!instance) throw new Error('no instance');
  return { built, ec2, answer, instance, id: instance.instanceId, world: built.world };
}

test('a new instance is invisible for a moment, and not found in the words of EC2', async () => {
  const { ec2, id, world } = await launched({ ec2Timing: { visible: [3_000, 3_001] } });

  await expect(ec2('DescribeInstances', { InstanceIds: [id] })).rejects.toMatchObject({
    code: 'InvalidInstanceID.NotFound',
    message: `The instance ID '${id}' does not exist`,
  });
  await world.advance(3_001);

  expect(await ec2('DescribeInstances', { InstanceIds: [id] })).toMatchObject({
    Reservations: [{ Instances: [{ InstanceId: id, State: { Code: 0, Name: 'pending' } }] }],
  });
});

test('it is pending, runs after 10 to 35 seconds, boots 8 to 20 seconds later and passes its checks in about two minutes', async () => {
  const { built, ec2, instance, world } = await launched();
  const status = async () =>
    (await ec2('DescribeInstanceStatus')).InstanceStatuses as { InstanceStatus: { Status: string } }[];

  await world.until('it runs', () => instance.state === 'running');
  const runningAt = world.now();
  expect(runningAt - instance.launchTime).toBeGreaterThanOrEqual(10_000);
  expect(runningAt - instance.launchTime).toBeLessThanOrEqual(35_000);
  await world.until('it boots', () => built.machines.length === 1);
  expect(world.now() - runningAt).toBeGreaterThanOrEqual(8_000);
  expect(world.now() - runningAt).toBeLessThanOrEqual(20_000);
  expect((await status())[0]?.InstanceStatus.Status).toBe('initializing');
  await world.advance(140_000);
  expect((await status())[0]?.InstanceStatus.Status).toBe('ok');

  expect(built.events.map((e) => e.detail.state)).toEqual(['pending', 'running']);
  expect(built.events[0]).toMatchObject({
    source: 'aws.ec2',
    detailType: 'EC2 Instance State-change Notification',
    resources: [instance.instanceArn],
  });
});

test('address and name come from the subnet, and the address is given back', async () => {
  const { built, instance, world } = await launched();
  const { subnets, fleet } = built;

  expect(instance.privateIpAddress).toBe('10.0.0.4');
  expect(instance.privateDnsName).toBe('ip-10-0-0-4.ec2.internal');
  const [subnet] = subnets;
  if (!subnet) throw new Error('no subnet');
  expect(fleet.network.freeAddresses(subnet)).toBe(4096 - 5 - 1);
  fleet.instances.terminate(instance);
  await world.until('it is terminated', () => instance.state === 'terminated');

  expect(fleet.network.freeAddresses(subnet)).toBe(4096 - 5);
});

test('a terminated instance stays described for about an hour', async () => {
  const { ec2, id, world } = await launched();
  await world.advance(60_000);
  await ec2('TerminateInstances', { InstanceIds: [id] });

  await world.advance(3_000_000);
  expect(await ec2('DescribeInstances', { InstanceIds: [id] })).toMatchObject({
    Reservations: [
      { Instances: [{ State: { Name: 'terminated' }, StateReason: { Code: 'Client.UserInitiatedShutdown' } }] },
    ],
  });
  await world.advance(1_500_000);

  await expect(ec2('DescribeInstances', { InstanceIds: [id] })).rejects.toMatchObject({
    code: 'InvalidInstanceID.NotFound',
  });
});

test('stop and start keep the disk and the address, change the boot id and close the ports meanwhile', async () => {
  const { built, ec2, id, instance, world } = await launched();
  await world.until('it boots', () => built.fleet.instances.answers(id, 80));
  const bootId = instance.machine.bootId;
  instance.machine.writeFile('/etc/kubernetes/kubelet.conf', 'x');

  await ec2('StopInstances', { InstanceIds: [id] });
  expect(built.fleet.instances.answers(id, 80)).toBe(false);
  await expect(ec2('StartInstances', { InstanceIds: [id] })).rejects.toMatchObject({ code: 'IncorrectInstanceState' });
  await world.until('it is stopped', () => instance.state === 'stopped');
  await ec2('StartInstances', { InstanceIds: [id] });
  await world.until('it boots again', () => built.fleet.instances.answers(id, 80));

  expect(instance.machine.bootId).not.toBe(bootId);
  expect(instance.machine.files.get('/etc/kubernetes/kubelet.conf')).toBe('x');
  expect(instance.privateIpAddress).toBe('10.0.0.4');
});

test('a reboot stops the program and starts it again without a change of state', async () => {
  const { built, ec2, id, instance, world } = await launched();
  await world.until('it boots', () => built.machines.length === 1);

  await ec2('RebootInstances', { InstanceIds: [id] });
  expect([instance.state, instance.machine.up]).toEqual(['running', false]);
  await world.until('it boots again', () => built.machines.length === 2);

  expect(instance.machine.answers(6443)).toBe(true);
});

test('calls from the instance carry its role and source instance ARN; without a profile they are denied', async () => {
  const { built, id, instance, world } = await launched();
  await world.until('it boots', () => built.machines.length === 1);
  await instance.machine.aws('ssm', 'GetParameter', { Name: 'x' });

  expect(built.awsCalls[0]?.caller).toMatchObject({
    arn: `arn:aws:sts::111111111111:assumed-role/node/${id}`,
    roleName: 'node',
    context: { 'ec2:SourceInstanceARN': `arn:aws:ec2:us-east-1:111111111111:instance/${id}` },
  });
  const bare = built.fleet.instances.run({
    imageId: 'ami-0aaaaaaaaaaaaaaaa',
    instanceType: 't3.micro',
    subnetId: instance.subnet.subnetId,
  });
  await expect(bare.machine.aws('ssm', 'GetParameter', {})).rejects.toMatchObject({ code: 'AccessDenied' });
});

test('a planted impairment fails the check and cuts the network until it is lifted', async () => {
  const { built, ec2, id, instance, world } = await launched();
  await world.advance(240_000);
  const lift = built.fleet.instances.impair(id, 'system');
  const statuses = async () =>
    (await ec2('DescribeInstanceStatus', { Filters: [{ Name: 'system-status.status', Values: ['impaired'] }] }))
      .InstanceStatuses;

  expect(await statuses()).toHaveLength(1);
  expect(instance.machine.answers(80)).toBe(false);
  await expect(instance.machine.aws('ssm', 'GetParameter', {})).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  lift();

  expect(await statuses()).toHaveLength(0);
  expect(instance.machine.answers(80)).toBe(true);
});

test.each(['software', 'hardware'] as const)(
  'a machine that hangs (%s) is silent at once and impaired minutes later; a reboot heals what is not hardware',
  async (cause) => {
    const { built, ec2, id, instance, world } = await launched();
    await world.advance(240_000);
    const status = async () => {
      const [one] = (await ec2('DescribeInstanceStatus', { InstanceIds: [id] })).InstanceStatuses as {
        SystemStatus: { Status: string };
        InstanceStatus: { Status: string };
      }[];
      return `${one?.SystemStatus.Status} ${one?.InstanceStatus.Status}`;
    };
    const { bootId } = instance.machine;

    built.fleet.instances.hang(id, cause);
    expect([instance.machine.answers(80), await status()]).toEqual([false, 'ok ok']);
    await world.advance(180_000);
    expect(await status()).toBe(cause === 'software' ? 'ok impaired' : 'impaired ok');
    await ec2('RebootInstances', { InstanceIds: [id] });
    await world.advance(240_000);

    expect(instance.machine.bootId).not.toBe(bootId);
    expect([instance.machine.answers(80), await status()]).toEqual(
      cause === 'software' ? [true, 'ok ok'] : [false, 'impaired ok'],
    );
  },
);

test('a zone that goes dark silences its instances, refuses launches and comes back', async () => {
  const { built, ec2, instance, world } = await launched();
  await world.advance(240_000);
  const end = built.fleet.instances.failZone('us-east-1a');

  expect(instance.machine.answers(80)).toBe(false);
  expect(await ec2('DescribeAvailabilityZones', { ZoneNames: ['us-east-1a'] })).toMatchObject({
    AvailabilityZones: [{ State: 'impaired' }],
  });
  await expect(
    ec2('RunInstances', { MaxCount: 1, MinCount: 1, LaunchTemplate: { LaunchTemplateName: 'workers' } }),
  ).rejects.toMatchObject({ code: 'InsufficientInstanceCapacity' });
  end();

  expect(instance.machine.answers(80)).toBe(true);
});

test('a spot interruption warns two minutes ahead', async () => {
  const { built, id, instance, world } = await launched();
  await world.advance(60_000);

  built.fleet.instances.interruptSpot(id);
  await world.advance(119_000);
  expect(instance.state).toBe('running');
  await world.advance(1_001);

  expect(instance.state).toBe('shutting-down');
  expect(built.events.find((e) => e.detailType === 'EC2 Spot Instance Interruption Warning')?.detail).toEqual({
    'instance-id': id,
    'instance-action': 'terminate',
  });
});

test.each(['retirement', 'stop', 'reboot'] as const)(
  'maintenance (%s) is announced by AWS Health, seen in the status, and comes at its start',
  async (kind) => {
    const { built, ec2, id, instance, world } = await launched();
    await world.advance(60_000);
    const eventArn = built.fleet.instances.scheduleMaintenance(id, { startsInMs: 3_600_000, kind });
    const health = () => built.events.filter(({ source }) => source === 'aws.health').map(({ detail }) => detail);
    const startTime = new Date(world.now() + 3_600_000).toUTCString();
    expect(health()).toMatchObject([
      { eventArn, service: 'EC2', eventTypeCategory: 'scheduledChange', statusCode: 'upcoming', startTime },
    ]);
    expect(health()[0]?.affectedEntities).toMatchObject([{ entityValue: id, status: 'PENDING' }]);
    expect(await ec2('DescribeInstanceStatus')).toMatchObject({
      InstanceStatuses: [
        { InstanceId: id, Events: [{ Code: expect.stringMatching(kind), Description: expect.stringMatching(/^The/) }] },
      ],
    });
    await world.advance(3_599_000);
    expect(instance.state).toBe('running');
    const boots = built.machines.length;
    await world.advance(100_000);

    expect(instance.state).toBe(kind === 'reboot' ? 'running' : 'stopped');
    expect(built.machines.length - boots).toBe(kind === 'reboot' ? 1 : 0);
    expect(health()[1]).toMatchObject({ eventArn, statusCode: 'closed', startTime });
    expect(instance.scheduledEvents[0]?.Description).toMatch(/^\[Completed\] /);
  },
);

test('maintenance spares an instance that was moved or terminated before', async () => {
  const { built, ec2, id, instance, world } = await launched({}, { MaxCount: 2 });
  const other = [...built.fleet.instances.all.values()].find((one) => one !== instance);
  await world.advance(60_000);
  const affected = [id, other?.instanceId ?? ''];
  built.fleet.instances.scheduleMaintenance(affected, { startsInMs: 600_000, kind: 'stop' });
  await ec2('TerminateInstances', { InstanceIds: [other?.instanceId] });
  await ec2('StopInstances', { InstanceIds: [id] });
  await world.until('it has stopped', () => instance.state === 'stopped');
  await ec2('StartInstances', { InstanceIds: [id] });
  await world.advance(700_000);

  expect(instance.state).toBe('running');
  expect(instance.scheduledEvents[0]?.Description).toMatch(/^\[Canceled\] /);
  const closed = built.events.filter(({ detail }) => detail.statusCode === 'closed');
  expect(closed.map(({ resources }) => resources)).toEqual([affected]);
});

test('a terminated instance is shown with its tags and without name, address and network, and not found by them', async () => {
  const { ec2, id, instance, world } = await launched();
  await world.advance(60_000);
  const found = async (Name: string, value: string) =>
    ((await ec2('DescribeInstances', { Filters: [{ Name, Values: [value] }] })).Reservations as unknown[]).length;
  expect(await found('private-ip-address', instance.privateIpAddress)).toBe(1);
  await ec2('CreateTags', { Resources: [id], Tags: [{ Key: 'tender:cluster', Value: 'demo' }] });
  await ec2('TerminateInstances', { InstanceIds: [id] });
  await world.until('it is gone', () => instance.state === 'terminated');

  const answer = await ec2('DescribeInstances', { InstanceIds: [id] });
  const [shown] = (answer.Reservations as { Instances: Record<string, unknown>[] }[])[0]?.Instances ?? [];
  expect(shown).toMatchObject({ PrivateDnsName: '', NetworkInterfaces: [] });
  expect(shown?.Tags).toContainEqual({ Key: 'tender:cluster', Value: 'demo' });
  expect(shown).not.toHaveProperty('PrivateIpAddress');
  expect(await found('private-ip-address', instance.privateIpAddress)).toBe(0);
  expect(await found('private-dns-name', instance.privateDnsName)).toBe(0);
  expect(await found('tag:tender:cluster', 'demo')).toBe(1);
});

test('the console output is what the machine wrote, in Base64', async () => {
  const { built, ec2, id, world, instance } = await launched();
  await world.until('it boots', () => built.machines.length === 1);
  instance.machine.console('kubelet: no join configuration');

  const { Output } = await ec2('GetConsoleOutput', { InstanceId: id });

  expect(Buffer.from(Output as string, 'base64').toString()).toMatch(
    /Linux version.*\r\nkubelet: no join configuration$/,
  );
});

test('instances are found by tag, state and wildcard, page by page; an unknown filter is refused', async () => {
  const { built, ec2, id, world } = await launched({}, { MaxCount: 3 });
  await world.advance(60_000);
  await ec2('CreateTags', { Resources: [id], Tags: [{ Key: 'tender:role', Value: 'worker' }] });
  const ids = async (input: object) => {
    const { Reservations } = (await ec2('DescribeInstances', input)) as {
      Reservations: { Instances: { InstanceId: string }[] }[];
    };
    return Reservations.flatMap((r) => r.Instances.map((i) => i.InstanceId));
  };

  expect(await ids({ Filters: [{ Name: 'tag:tender:role', Values: ['work*'] }] })).toEqual([id]);
  expect(await ids({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }], MaxResults: 2 })).toHaveLength(2);
  await expect(ids({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: "The filter 'colour' is invalid",
  });
  expect(built.fleet.instances.all.size).toBe(3);
});

test('a missing and a malformed id are told apart', async () => {
  const { ec2 } = await launched();

  await expect(ec2('DescribeInstances', { InstanceIds: ['node-1'] })).rejects.toMatchObject({
    code: 'InvalidInstanceID.Malformed',
    message: 'Invalid id: "node-1"',
  });
  await expect(
    ec2('DescribeInstances', { InstanceIds: ['i-00000000000000001', 'i-00000000000000002'] }),
  ).rejects.toMatchObject({
    message: "The instance IDs 'i-00000000000000001, i-00000000000000002' do not exist",
  });
});

test('an interface lists what the CNI added, and is found by it', async () => {
  const { built, ec2, id, world } = await launched();
  await world.advance(10_000);
  built.fleet.instances.addInterfaceAddresses(id, { addresses: ['10.0.1.77'], prefixes: ['10.0.2.0/28'] });

  const answer = await ec2('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'addresses.private-ip-address', Values: ['10.0.1.77'] }],
  });

  expect(answer).toMatchObject({
    NetworkInterfaces: [
      {
        Attachment: { InstanceId: id },
        PrivateIpAddresses: [
          { Primary: true, PrivateIpAddress: '10.0.0.4' },
          { Primary: false, PrivateIpAddress: '10.0.1.77' },
        ],
        Ipv4Prefixes: [{ Ipv4Prefix: '10.0.2.0/28' }],
      },
    ],
  });
});

test('launching with a client token twice launches once', async () => {
  const { built, ec2, id, answer } = await launched({}, { ClientToken: 'once' });

  const again = await ec2('RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateName: 'workers' },
    ClientToken: 'once',
  });

  expect(again.ReservationId).toBe(answer.ReservationId);
  expect([...built.fleet.instances.all.keys()]).toEqual([id]);
});

test('terminating needs the instance by ARN with its tags; describing needs everything', async () => {
  const { built, id, instance } = await launched();
  instance.tags.set('tender:cluster', 'demo');
  const { operations } = ec2Service(built.fleet.instances, built.fleet.templates);
  const access = operations.TerminateInstances?.access as unknown as (input: object) => { context: object }[];

  expect(access({ InstanceIds: [id] })).toMatchObject([
    {
      action: 'ec2:TerminateInstances',
      resource: instance.instanceArn,
      context: { 'ec2:ResourceTag/tender:cluster': 'demo' },
    },
  ]);
  expect(operations.DescribeInstances?.access).toBeUndefined();
});
