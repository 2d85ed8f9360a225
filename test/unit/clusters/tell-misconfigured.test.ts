import { describe, expect, it } from 'vitest';
import { ClusterMisconfigured } from '../../../src/clusters/errors.ts';
import type { EntryMatters } from '../../../src/clusters/ports.ts';
import { tellMisconfigured } from '../../../src/clusters/tell-misconfigured.ts';
import type { PersonPage } from '../../../src/schema/person-page.ts';

const red = new ClusterMisconfigured('red', ['kind: must be one of kubeadm, kops, eks', 'name: is not "red"']);
const green = new ClusterMisconfigured('green', ['(the whole value): AwsAccessDenied: no']);
const DAY = 24 * 60;

/** A bucket and people, in memory; and what may go wrong with them. */
function aPlace() {
  const place = {
    value: undefined as EntryMatters | undefined,
    etag: 0,
    writes: 0,
    pages: [] as PersonPage[],
    pageFails: false,
    dies: false,
    now: 0,
    whileSending: async () => {},
    meanwhile: () => {},
  };
  const services = {
    told: {
      read: async () => (place.value ? { value: place.value, etag: `${place.etag}` } : { etag: undefined }),
      async write(value: EntryMatters, etag: string | undefined) {
        place.meanwhile();
        if (place.dies && value.sendingSince === '') throw new Error('the function was killed');
        if ((etag ?? '0') !== `${place.etag}`) return 'conflict' as const;
        place.value = JSON.parse(JSON.stringify(value)) as EntryMatters;
        place.etag += 1;
        place.writes += 1;
        return { etag: `${place.etag}` };
      },
    },
    pager: {
      async page(page: PersonPage) {
        if (place.pageFails) throw Object.assign(new Error('SNS is away'), { name: 'AwsUnavailable' });
        place.pages.push(page);
        await place.whileSending();
      },
    },
  };
  // Delivered as many seconds late.
  const delivery = (minute: number, late: number, ...misconfigured: ClusterMisconfigured[]) => {
    const due = Date.UTC(2026, 2, 2, 9, minute);
    place.now = due + late * 1000;
    return tellMisconfigured(services, misconfigured, new Date(due), () => new Date(place.now));
  };
  const tick = (minute: number, ...misconfigured: ClusterMisconfigured[]) => delivery(minute, 0, ...misconfigured);
  return { place, tick, delivery };
}

describe('a registry entry that cannot be used', () => {
  it('is told of once it has been so for two minutes: which cluster, what is wrong, and what to do', async () => {
    const { place, tick } = aPlace();
    for (const minute of [0, 1]) await tick(minute, red);
    expect(place.pages).toEqual([]);
    for (const minute of [2, 3, 4]) await tick(minute, red);

    expect(place.pages).toEqual([
      {
        kind: 'cluster-misconfigured',
        severity: 'critical',
        cluster: 'red',
        subject: 'cluster red: its registry entry cannot be used',
        what: 'The registry entry of cluster red cannot be used: kind: must be one of kubeadm, kops, eks; name: is not "red"',
        node: '',
        did: 'does nothing for that cluster: no node joins, drains or is repaired by it, and no snapshot is taken',
        todo: expect.stringMatching(/^mend the entry/),
        command: 'npx tender cluster doctor red',
        runbook: 'docs/runbooks/cluster-misconfigured.md',
      },
    ]);
  });

  it('is told of once more after a day, and when it is over; each cluster by a page of its own', async () => {
    const { place, tick } = aPlace();
    for (const minute of [0, 2, DAY, DAY + 2, DAY + 3, 2 * DAY + 3]) await tick(minute, red, green);
    await tick(2 * DAY + 4, green);
    await tick(2 * DAY + 5, green);

    expect(place.pages.map(({ cluster, severity, what }) => [cluster, severity, what.includes('for a day')])).toEqual([
      ['red', 'critical', false],
      ['green', 'critical', false],
      ['red', 'critical', true],
      ['green', 'critical', true],
      ['red', 'info', false],
    ]);
  });

  it('is not told of when it is mended at once, and costs no write while nothing changes', async () => {
    const { place, tick } = aPlace();
    await tick(0);
    expect(place.writes).toBe(0);
    await tick(1, red);
    await tick(2);
    expect(place.pages).toEqual([]);
    for (const minute of [10, 11, 12, 13]) await tick(minute, red);
    const { writes } = place;
    for (const minute of [14, 15, 16]) await tick(minute, red);
    expect(place.writes).toBe(writes);
  });

  it('is told of when SNS is back, and once', async () => {
    const { place, tick } = aPlace();
    await tick(0, red);
    place.pageFails = true;
    expect(await tick(2, red)).toEqual(['nobody was told of the entry of red: AwsUnavailable']);
    place.pageFails = false;
    for (const minute of [3, 4]) expect(await tick(minute, red)).toEqual([]);
    expect(place.pages).toHaveLength(1);
  });

  it('is told of by one of two deliveries of a tick', async () => {
    const { place, tick } = aPlace();
    await tick(0, red);
    place.meanwhile = () => {
      place.etag += 1;
    };
    await tick(2, red);
    expect(place.pages).toEqual([]);
  });

  it.each([
    ['of the same tick', 2, 20],
    ['of the next one', 3, 19],
  ])('is told of once when a delivery %s comes while another still sends', async (_, minute, late) => {
    const { place, tick, delivery } = aPlace();
    await tick(0, red, green);
    place.whileSending = async () => {
      place.whileSending = async () => {};
      await delivery(minute, late, red, green);
    };
    await delivery(2, 20, red, green);
    await tick(4, red, green);
    await tick(5, red, green);
    expect(place.pages.map(({ cluster }) => cluster)).toEqual(['red', 'green']);
  });

  it('is told of by a later tick when the function died while it sent, a minute later', async () => {
    const { place, tick, delivery } = aPlace();
    await tick(0, red);
    place.dies = true;
    await expect(tick(2, red)).rejects.toThrow('killed');
    place.dies = false;
    await delivery(2, 59, red);
    expect(place.pages).toHaveLength(1);
    await tick(3, red);
    await tick(4, red);
    expect(place.pages, 'nobody has written down that it was sent').toHaveLength(2);
  });

  it('says of many problems the first five, and how many more', async () => {
    const { place, tick } = aPlace();
    const worse = new ClusterMisconfigured('red', ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    for (const minute of [0, 2]) await tick(minute, worse);
    expect(place.pages[0]?.what).toContain('a; b; c; d; e; and 2 more');
  });
});
