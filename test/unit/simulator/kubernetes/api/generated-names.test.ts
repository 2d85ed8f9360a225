import { describe, expect, it } from 'vitest';
import { pod, testCluster } from '../test-cluster.ts';

describe('names that the simulated API server generates', () => {
  it('are tried again when an object has the name already', async () => {
    const generated = async (existing: string): Promise<string> => {
      const { admin } = testCluster();
      await admin.post('/api/v1/namespaces/default/pods', pod(existing));
      const one = { ...pod(''), metadata: { generateName: 'web-' } };
      const { body } = await admin.post('/api/v1/namespaces/default/pods', one);
      return body.metadata.name;
    };
    const name = await generated('somebody');
    expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    // The same seed would choose the same name again.
    expect(await generated('somebody')).toBe(name);
    expect(await generated(name)).toMatch(/^web-/);
    expect(await generated(name)).not.toBe(name);
  });
});
