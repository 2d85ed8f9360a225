import { expect, it } from 'vitest';
import { OtherPlace, type OtherPlaceOptions } from '../../support/scenarios/other-place.ts';

const otherRegion = { account: '111111111111', region: 'eu-central-1' };

it.each<[string, OtherPlaceOptions]>([
  ['another account', {}],
  ['another region', otherRegion],
])(
  'a sick node in %s is rebooted from here; a restart is left out, since our document is not there',
  async (_, options) => {
    const place = await OtherPlace.prepare({ ready: true, workers: 2, ...options });
    const [instanceId = ''] = place.cluster.inService();
    const { machine } = place.cloud.fleet.instances.visible(instanceId);
    const bootId = machine.bootId;
    machine.systemctl('stop', 'kubelet');
    const isReady = () => place.cluster.kubernetes.seed.readyNodes().includes(machine.privateDnsName);
    await place.cloud.world.until('it is silent', () => !isReady(), 600_000);

    place.home.start('NodeRepairMachine', { cluster: 'demo', instanceId, signal: 'Unknown' });
    await place.comesToRest();

    const [repair] = place.home.executions('node-repair');
    expect(JSON.parse(String(repair?.run.outcome?.status === 'SUCCEEDED' && repair.run.outcome.output))).toMatchObject({
      outcome: 'mended',
      rung: 'reboot',
      rungs: [
        { rung: 'restart', outcome: expect.stringContaining('not in its account and region') },
        { rung: 'reboot' },
      ],
    });
    expect([machine.bootId === bootId, isReady(), place.denials()]).toEqual([false, true, []]);
  },
  180_000,
);
