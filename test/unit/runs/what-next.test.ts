import { describe, expect, it } from 'vitest';
import { afterwards } from '../../../src/runs/what-next.ts';

const startedBy = (workflow: string, name: string) =>
  `arn:aws:states:us-east-1:111111111111:execution:tender-dev-${workflow}:${name}`;
const afterDrain = (input: Readonly<Record<string, unknown>>) => afterwards({ workflow: 'node-drain', input });

describe('what comes by itself after a drain that is stopped', () => {
  it('is the sweep, where a person began it', () => {
    expect(afterDrain({ nodeName: 'node-1' })).toMatch(/^sweep-retire puts the node back: its cordon/);
  });

  it('is another drain, where a terminate hook waits', () => {
    const hook = { groupName: 'workers', name: 'tender-terminate' };
    const owner = startedBy('node-retire', 'a');
    expect(afterDrain({ owner, hook, putBack: false })).toMatch(/^its node-retire drains on/);
    expect(afterDrain({ owner, hook })).toMatch(/^its node-retire drains on/);
  });

  it('is the answer that lets its instance be retained, where the policy says so', () => {
    const hook = { groupName: 'workers', name: 'tender-terminate' };
    const told = afterDrain({ owner: startedBy('node-retire', 'a'), hook, putBack: true });
    expect(told).toMatch(/^its node-retire answers the terminate hook ABANDON at once.*the instance is retained/);
  });

  it.each([
    ['node-retire', 'puts back what stays'],
    ['node-repair', 'the next health pass looks at it again'],
    ['node-update', 'sweep-retire puts the node back'],
  ])('is what comes after the %s that started it', (workflow, what) => {
    const told = afterDrain({ owner: startedBy(workflow, 'node-drain-x') });
    expect(told).toContain(`the ${workflow} that started it ends with it; then `);
    expect(told).toContain(what);
  });
});
