import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext, Operation } from '../../../../simulator/cloud/service.ts';
import { filterPattern } from '../../../../simulator/logs/filter-pattern.ts';
import { LogStore } from '../../../../simulator/logs/log-store.ts';
import { logsService } from '../../../../simulator/logs/service.ts';
import { World } from '../../../../simulator/world/world.ts';

describe('CloudWatch Logs', () => {
  let world: World;
  let store: LogStore;
  beforeEach(() => {
    world = new World({ seed: 1 });
    store = new LogStore(world);
  });

  const call = (name: string, input: object): Record<string, unknown> => {
    const operation = logsService(store).operations[name] as Operation<object, Record<string, unknown>>;
    const context = { world, region: 'us-east-1', account: '111111111111' } as CallContext;
    return operation.run(input, context) as Record<string, unknown>;
  };
  const messages = (output: Record<string, unknown>) =>
    (output.events as { message: string }[]).map(({ message }) => message);

  it('keeps what was written, and finds it by pattern and time', async () => {
    store.write('/a', 's1', 'first ERROR');
    await world.advance(1000);
    store.write('/a', 's2', 'second');
    store.write('/a', 's1', 'third ERROR');

    const errors = call('FilterLogEvents', { logGroupName: '/a', filterPattern: 'ERROR' });
    const late = call('FilterLogEvents', { logGroupName: '/a', startTime: world.now() });

    expect(messages(errors)).toEqual(['first ERROR', 'third ERROR']);
    expect(messages(late)).toEqual(['second', 'third ERROR']);
  });

  it('pages through a stream forwards and backwards', () => {
    for (const line of ['1', '2', '3']) store.write('/a', 's', line);
    const page = (more: object) => call('GetLogEvents', { logGroupName: '/a', logStreamName: 's', limit: 2, ...more });

    const first = page({ startFromHead: true });
    const second = page({ nextToken: first.nextForwardToken });
    const end = page({ nextToken: second.nextForwardToken });
    const back = page({ nextToken: second.nextBackwardToken });

    expect([first, second, end, back].map(messages)).toEqual([['1', '2'], ['3'], [], ['1', '2']]);
    expect(end.nextForwardToken).toBe(second.nextForwardToken);
  });

  it('forgets events after the retention', async () => {
    store.write('/a', 's', 'old');
    call('PutRetentionPolicy', { logGroupName: '/a', retentionInDays: 1 });
    await world.advance(25 * 3_600_000);
    store.write('/a', 's', 'new');

    expect(messages(call('FilterLogEvents', { logGroupName: '/a' }))).toEqual(['new']);
    expect(call('DescribeLogGroups', { logGroupNamePrefix: '/a' })).toMatchObject({
      logGroups: [{ retentionInDays: 1 }],
    });
    expect(() => call('PutRetentionPolicy', { logGroupName: '/a', retentionInDays: 2 })).toThrow(
      'Member must satisfy enum value set',
    );
  });

  it('says what does not exist and what exists already, as AWS does', () => {
    call('CreateLogGroup', { logGroupName: '/a' });

    expect(() => call('CreateLogGroup', { logGroupName: '/a' })).toThrow('The specified log group already exists');
    expect(() => call('FilterLogEvents', { logGroupName: '/b' })).toThrow('The specified log group does not exist.');
  });
});

describe('a filter pattern', () => {
  it.each([
    ['', 'anything', true],
    ['ERROR timeout', 'timeout: ERROR', true],
    ['ERROR timeout', 'ERROR only', false],
    ['"two words"', 'has two words', true],
    ['ERROR -expected', 'ERROR expected', false],
    ['?a1 ?b2', 'has b2', true],
    ['{ $.level = "ERROR" }', '{"level":"ERROR"}', true],
    ['{ $.level = "ERR*" && $.n > 3 }', '{"level":"ERROR","n":4}', true],
    ['{ $.level = "ERR*" && $.n > 3 }', '{"level":"ERROR","n":3}', false],
    ['{ $.a.b != "x" }', '{"a":{"b":"y"}}', true],
    ['{ $.level = "ERROR" }', 'no json', false],
  ])('%s on %s: %s', (pattern, message, expected) => {
    expect(filterPattern(pattern)(message)).toBe(expected);
  });

  it('that is not supported is refused', () => {
    expect(() => filterPattern('[ip, user]')).toThrow('[ip, user]');
    expect(() => filterPattern('{ $.a = 1 || $.b = 2 }')).toThrow('does not support');
  });
});
