import { describe, expect, it } from 'vitest';
import { ClusterMisconfigured, ClusterNotFound } from '../../../src/clusters/errors.ts';
import type { ClusterEntries, EntryText } from '../../../src/clusters/ports.ts';
import { clusterRegistry, REGISTRY_CACHE_MS } from '../../../src/clusters/registry.ts';
import { entryText } from './cluster-texts.ts';

function entriesOf(...entries: readonly EntryText[]): ClusterEntries & { reads: number } {
  return {
    reads: 0,
    async read(name) {
      this.reads += 1;
      const found = entries.find((entry) => entry.name === name);
      return found && 'text' in found ? found.text : undefined;
    },
    readAll: async () => entries,
  };
}

describe('the cluster registry', () => {
  it('names the nearest cluster when there is none of this name', async () => {
    const registry = clusterRegistry(entriesOf({ name: 'production', text: '' }), () => 0);
    await expect(registry.get('produktion')).rejects.toThrow(
      'No cluster "produktion" is registered. Did you mean "production"?',
    );
    await expect(registry.get('produktion')).rejects.toBeInstanceOf(ClusterNotFound);
  });

  it('guesses no name that is nothing like the one asked for', async () => {
    const registry = clusterRegistry(entriesOf({ name: 'production', text: '' }), () => 0);
    await expect(registry.get('demo')).rejects.toThrow(/^No cluster "demo" is registered\.$/);
  });

  it('believes what it read for a minute, and no longer', async () => {
    let now = 0;
    const entries = entriesOf({ name: 'demo', text: entryText() });
    const registry = clusterRegistry(entries, () => now);
    await registry.get('demo');
    now = REGISTRY_CACHE_MS - 1;
    await registry.get('demo');
    expect(entries.reads).toBe(1);
    now = REGISTRY_CACHE_MS;
    await registry.get('demo');
    expect(entries.reads).toBe(2);
  });

  it('does not remember an entry that was broken, so that a mended one works at once', async () => {
    const entries: { name: string; text: string }[] = [{ name: 'demo', text: '{}' }];
    const registry = clusterRegistry(entriesOf(...entries), () => 0);
    await expect(registry.get('demo')).rejects.toBeInstanceOf(ClusterMisconfigured);
    if (entries[0]) entries[0].text = entryText();
    await expect(registry.get('demo')).resolves.toMatchObject({ name: 'demo' });
  });

  it('gives the good clusters although others are broken or unreadable', async () => {
    const registry = clusterRegistry(
      entriesOf(
        { name: 'broken', text: 'name: broken' },
        { name: 'demo', text: entryText() },
        { name: 'gone', unreadable: 'NoSuchKey: The specified key does not exist.' },
      ),
      () => 0,
    );
    const { clusters, misconfigured } = await registry.all();
    expect(clusters.map(({ name }) => name)).toEqual(['demo']);
    expect(misconfigured.map(({ cluster, problems }) => [cluster, ...problems])).toEqual([
      ['broken', 'kubernetes: is required (object)'],
      ['gone', '(the whole value): NoSuchKey: The specified key does not exist.'],
    ]);
  });
});
