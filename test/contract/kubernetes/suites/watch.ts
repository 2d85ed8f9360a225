import { describe, expect, it } from 'vitest';
import type { ContractTarget, Watch, WatchEvent } from '../../../support/kubernetes/contract-target.ts';
import { whileTimePasses } from '../../../support/kubernetes/eventually.ts';
import { FakeKubelet } from '../../../support/kubernetes/fake-kubelet.ts';
import { observer, tender } from '../../../support/kubernetes/identities.ts';

const merge = 'application/merge-patch+json';

/** How changes reach those who watch: kubelets and people; Tender itself polls. */
export function describeWatch(target: () => ContractTarget): void {
  const next = (watch: Watch) => whileTimePasses(target(), watch.next());

  /** The next event that changes what the test changes: a real cluster's controllers annotate nodes meanwhile. */
  async function nextChange(watch: Watch, before?: WatchEvent): Promise<WatchEvent | undefined> {
    const event = await next(watch);
    const same =
      event?.type === 'MODIFIED' && event.object.metadata.labels?.value === before?.object.metadata.labels?.value;
    return same ? nextChange(watch, before) : event;
  }
  const open = (name: string, query: string) =>
    target().watch(observer, `/api/v1/nodes?watch=true&fieldSelector=metadata.name%3D${name}&${query}`);
  const label = (name: string, value: string) =>
    target().send(tender, 'PATCH', `/api/v1/nodes/${name}`, { metadata: { labels: { value } } }, merge);
  const summary = (event: WatchEvent | undefined) => [
    event?.type,
    event?.object.metadata?.name,
    event?.object.metadata?.labels?.value,
  ];

  describe('watching nodes', () => {
    it('tells of additions, changes and deletions in their order', async () => {
      const { body } = await target().send(observer, 'GET', '/api/v1/nodes');
      const watch = await open('watch-order', `resourceVersion=${body.metadata.resourceVersion}`);
      await new FakeKubelet(target(), 'watch-order').register();
      await label('watch-order', 'one');
      await target().send(tender, 'DELETE', '/api/v1/nodes/watch-order');
      const added = await nextChange(watch);
      const modified = await nextChange(watch, added);
      const deleted = await nextChange(watch, modified);
      expect([added, modified, deleted].map(summary)).toEqual([
        ['ADDED', 'watch-order', undefined],
        ['MODIFIED', 'watch-order', 'one'],
        ['DELETED', 'watch-order', 'one'],
      ]);
      watch.close();
    });

    it('goes on after any version that was seen, without gap or repetition', async () => {
      await new FakeKubelet(target(), 'watch-resume').register();
      const seen = await label('watch-resume', 'one');
      await label('watch-resume', 'two');
      await label('watch-resume', 'three');
      const watch = await open('watch-resume', `resourceVersion=${seen.body.metadata.resourceVersion}`);
      const second = await nextChange(watch, { type: 'MODIFIED', object: seen.body });
      const third = await nextChange(watch, second);
      expect([second, third].map(summary)).toEqual([
        ['MODIFIED', 'watch-resume', 'two'],
        ['MODIFIED', 'watch-resume', 'three'],
      ]);
      watch.close();
    });

    it('begins with what is there when no version is named', async () => {
      await new FakeKubelet(target(), 'watch-begin').register();
      const watch = await open('watch-begin', '');
      expect(summary(await next(watch))).toEqual(['ADDED', 'watch-begin', undefined]);
      watch.close();
    });

    it('tells a watcher with a selector of a node that no longer matches as deleted', async () => {
      await new FakeKubelet(target(), 'watch-leave').register();
      const labelled = await label('watch-leave', 'watched');
      const query = `labelSelector=value%3Dwatched&resourceVersion=${labelled.body.metadata.resourceVersion}`;
      const watch = await target().watch(observer, `/api/v1/nodes?watch=true&${query}`);
      await label('watch-leave', 'unwatched');
      expect((await nextChange(watch, { type: 'MODIFIED', object: labelled.body }))?.type).toBe('DELETED');
      watch.close();
    });

    it('sends a bookmark before it ends in time, and then ends', async () => {
      const { body } = await target().send(observer, 'GET', '/api/v1/nodes');
      // Something that this watch does not tell: the bookmark shows that history went on. It may come two seconds after the watch began.
      await new FakeKubelet(target(), 'watch-elsewhere').register();
      const query = `allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion=${body.metadata.resourceVersion}`;
      const watch = await open('watch-bookmark', query);
      const bookmark = await next(watch);
      expect(bookmark?.type).toBe('BOOKMARK');
      expect(bookmark?.object).toMatchObject({
        kind: 'Node',
        apiVersion: 'v1',
        metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
      });
      expect(Number(bookmark?.object.metadata.resourceVersion)).toBeGreaterThan(Number(body.metadata.resourceVersion));
      const rest: (string | undefined)[] = [];
      for (let event = await next(watch); event !== undefined; event = await next(watch)) rest.push(event.type);
      // A busy server may repeat the bookmark; nothing else comes before the end.
      expect(rest.every((type) => type === 'BOOKMARK')).toBe(true);
    });

    it('says with a bookmark where the initial events end when they were asked for', async ({ skip }) => {
      await new FakeKubelet(target(), 'watch-initial').register();
      const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const watch = await open('watch-initial', query);
      const first = await next(watch);
      const cannot = String(first?.object.message).includes('RequestWatchProgress is disabled');
      skip(cannot, 'the etcd of this server is older than 3.4.31 or 3.5.13');
      expect(summary(first)).toEqual(['ADDED', 'watch-initial', undefined]);
      const bookmark = await nextChange(watch);
      expect(bookmark?.type).toBe('BOOKMARK');
      expect(bookmark?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
      watch.close();
    });

    it('answers 410 when the version is older than its history', async () => {
      await new FakeKubelet(target(), 'watch-expired').register();
      await target().compact();
      const watch = await open('watch-expired', 'resourceVersion=1');
      expect(watch.status).toBe(200);
      expect(await next(watch)).toEqual({
        type: 'ERROR',
        object: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
          reason: 'Expired',
          code: 410,
        },
      });
      watch.close();
    });
  });
}
