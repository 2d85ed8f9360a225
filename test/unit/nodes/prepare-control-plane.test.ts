import { describe, expect, it } from 'vitest';
import { certificateKeyName, instanceArnTag } from '../../../src/nodes/names.ts';
import type { CommandResult, Instance } from '../../../src/nodes/ports.ts';
import { prepareControlPlane } from '../../../src/nodes/prepare-control-plane.ts';
import type { ControlPlaneTurn } from '../../../src/nodes/turn-ports.ts';
import { SwappedObjects } from '../../support/nodes/swapped-objects.ts';

const now = new Date('2026-11-29T12:00:00Z');
const joiner = { cluster: 'demo', instanceId: 'i-new', execution: 'arn:mine' };
const key = certificateKeyName('demo', 'i-new');

function aControlPlane(ids = ['i-a', 'i-b']) {
  const world = {
    room: { ready: true, why: '' },
    running: new Set(['arn:mine', 'arn:other']),
    status: 'Success' as CommandResult['status'],
    takesCommands: true,
    parameters: new Map<string, { text: string; reader: string | undefined }>(),
    sent: [] as { instanceId: string; text: string | undefined; reader: string | undefined }[],
    objects: new SwappedObjects<ControlPlaneTurn>(),
    drawn: 0,
  };
  const ports = {
    turns: {
      async read(cluster: string) {
        const found = await world.objects.read(cluster);
        return found && { turn: found.value, etag: found.etag };
      },
      write: (turn: ControlPlaneTurn, etag: string | undefined) => world.objects.write(turn.cluster, turn, etag),
      delete: (cluster: string, etag: string) => world.objects.delete(cluster, etag),
    },
    controlPlane: {
      others: async () => ids.map((instanceId) => ({ instanceId, arn: `arn:${instanceId}` }) as unknown as Instance),
      hasRoom: async () => world.room,
      isRunning: async (execution: string) => world.running.has(execution),
    },
    uploads: {
      async send(instanceId: string, name: string) {
        const found = world.parameters.get(name);
        world.sent.push({ instanceId, text: found?.text, reader: found?.reader });
        return world.takesCommands ? `command-${world.sent.length}` : undefined;
      },
      result: async () => ({ status: world.status, output: '', errors: 'no' }),
    },
    parameters: {
      read: async (name: string) => world.parameters.get(name)?.text,
      async create(name: string, text: string, tags: Readonly<Record<string, string>>) {
        if (world.parameters.has(name)) return 'exists' as const;
        world.parameters.set(name, { text, reader: tags[instanceArnTag] });
        return 'created' as const;
      },
      async delete(name: string) {
        world.parameters.delete(name);
      },
    },
    randomText: () => `random ${++world.drawn}`,
  };
  const turn = (over: Partial<typeof joiner> = {}, at = now) => prepareControlPlane({ ...joiner, ...over }, ports, at);
  const untilReady = async () => {
    for (let count = 1; count < 10; count += 1) if ((await turn()).ready) return count;
    return 0;
  };
  return { world, turn, untilReady };
}

describe('prepareControlPlane', () => {
  it('has one node upload the certificates, with a key that only this node may read', async () => {
    const { world, untilReady, turn } = aControlPlane();

    expect(await untilReady()).toBe(3);

    expect(world.sent).toEqual([
      { instanceId: 'i-a', text: expect.stringMatching(/^[0-9a-f]{64}$/), reader: 'arn:i-a' },
    ]);
    expect(JSON.stringify((await world.objects.read('demo'))?.value)).not.toContain(world.sent[0]?.text);
    // Run again, it is ready still, and nothing is uploaded once more, before kubeadm deletes the Secret.
    expect(await turn()).toMatchObject({ ready: true });
    expect(await turn({}, new Date(now.getTime() + 91 * 60_000))).toMatchObject({ ready: false });
    expect(world.sent).toHaveLength(1);
  });

  it('lets nobody join beside another one that does, and takes over from one that is dead', async () => {
    const { world, turn, untilReady } = aControlPlane();
    expect(await turn({ instanceId: 'i-other', execution: 'arn:other' })).toMatchObject({ ready: false });

    expect(await turn()).toEqual({
      ready: false,
      why: 'i-other joins the control plane, and they join one by one',
      lookAgainSeconds: 30,
    });
    expect(world.parameters.size).toBe(0);

    world.running.delete('arn:other');
    expect(await untilReady()).toBeGreaterThan(0);
  });

  it('waits for etcd to be well, and keeps its turn meanwhile', async () => {
    const { world, turn } = aControlPlane();
    world.room = { ready: false, why: 'member x of etcd is joining' };

    expect(await turn()).toMatchObject({ ready: false, why: 'member x of etcd is joining' });
    expect(await turn({ instanceId: 'i-other', execution: 'arn:other' })).toMatchObject({
      why: expect.stringContaining('i-new joins'),
    });
    expect(world.sent).toEqual([]);
  });

  it('asks the next node, with another key, when one cannot upload or takes no commands', async () => {
    const { world, turn, untilReady } = aControlPlane();
    world.status = 'Failed';
    const told = [await turn(), await turn(), await turn()].map(({ why }) => why);
    expect(told.at(-1)).toBe('i-a could not upload certificates (Failed): no');
    expect(world.parameters.has(key)).toBe(false);

    world.takesCommands = false;
    await turn();
    expect(await turn()).toMatchObject({ ready: false, why: 'i-b takes no commands' });
    Object.assign(world, { takesCommands: true, status: 'Success' });
    expect(await untilReady()).toBe(3);

    expect(world.sent.map(({ instanceId }) => instanceId)).toEqual(['i-a', 'i-b', 'i-a']);
    expect(new Set(world.sent.map(({ text }) => text)).size).toBe(3);
  });

  it('uses the key again that it may have sent before it died', async () => {
    const { world, turn, untilReady } = aControlPlane();
    await turn();
    await turn();
    // The command was sent, and its id was not noted.
    const { value, etag } = (await world.objects.read('demo')) ?? { value: undefined, etag: '' };
    if (value) await world.objects.write('demo', { ...value, commandId: undefined }, etag);

    await untilReady();

    expect(world.sent).toHaveLength(2);
    expect(world.sent[1]).toEqual(world.sent[0]);
  });

  it('waits when no other node of the control plane is in service', async () => {
    const { turn } = aControlPlane([]);

    expect(await turn()).toMatchObject({ ready: false, why: 'no node of the control plane is in service' });
  });
});
