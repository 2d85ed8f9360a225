import { describe, expect, it } from 'vitest';
import { readNotification } from '../../../src/signals/read-notification.ts';
import { healthEvent, instanceEvent, instanceId } from './instance-notifications.ts';

const now = new Date('2026-03-01T12:00:30Z');

describe('a spot interruption', () => {
  const warning = (time: unknown) => ({ ...instanceEvent('EC2 Spot Instance Interruption Warning'), time });

  it('leaves two minutes from the event, less ten seconds, over midnight too', () => {
    expect(readNotification(warning('2026-12-31T23:58:30Z'), now)).toMatchObject({
      signals: [{ kind: 'spot-interruption', deadline: '2027-01-01T00:00:20.000Z' }],
    });
  });

  it.each([undefined, '', 'now', 7])(
    'without a time that can be read (%j) is refused: a wrong deadline loses requests',
    (time) => {
      expect(() => readNotification(warning(time), now)).toThrow(/time is/);
    },
  );
});

describe('a rebalance recommendation', () => {
  it('without a time is refused: how old it is nobody knows', () => {
    const event = { ...instanceEvent('EC2 Instance Rebalance Recommendation'), time: undefined };
    expect(() => readNotification(event, now)).toThrow('time is missing');
  });
});

describe('an event about one instance', () => {
  it.each([
    ['EC2 Spot Instance Interruption Warning', {}],
    ['EC2 Instance Rebalance Recommendation', {}],
    ['EC2 Instance State-change Notification', { state: 'stopped' }],
  ])('%s is refused when it does not say which, or carries no id', (detailType, detail) => {
    const event = instanceEvent(detailType, detail);
    const about = (id: unknown) => ({ ...event, detail: { ...detail, 'instance-id': id } });
    expect(() => readNotification(about(undefined), now)).toThrow('instance-id is missing');
    expect(() => readNotification(about('i-0123/../x'), now)).toThrow('instance-id is "i-0123/../x"');
    expect(() => readNotification({ ...event, id: undefined }, now)).toThrow('id is missing');
    expect(() => readNotification({ ...event, detail: undefined }, now)).toThrow('it has no detail');
  });

  it.each(['pending', 'running', 'stopping', 'shutting-down'])('that it is %s asks for nothing', (state) => {
    const event = instanceEvent('EC2 Instance State-change Notification', { state });
    expect(readNotification(event, now)).toEqual({ drop: `state ${state} asks for nothing` });
  });
});

describe('scheduled maintenance', () => {
  const entity = (entityValue: string, status = 'PENDING') => ({ entityValue, status });
  const references = (event: Readonly<Record<string, unknown>>) => {
    const reading = readNotification(event, now);
    return 'signals' in reading ? reading.signals.map((signal) => 'reference' in signal && signal.reference) : [];
  };

  it('is known by the same in an update, on another page and in the backup region; by another at another time', () => {
    const [first] = references(healthEvent());
    expect(references({ ...healthEvent({ communicationId: 'x-2', page: '2' }), id: 'another' })).toEqual([first]);
    expect(references({ ...healthEvent(), region: 'us-west-2' })).toEqual([first]);
    expect(references(healthEvent({ startTime: 'Tue, 31 Mar 2026 02:00:00 GMT' }))).not.toEqual([first]);
  });

  it('counts an instance once that is named twice, and none that is done with', () => {
    const affectedEntities = [entity(instanceId), entity(instanceId), entity('i-0fedcba9876543210', 'RESOLVED')];
    expect(readNotification(healthEvent({ affectedEntities }), now)).toMatchObject({ signals: [{ instanceId }] });
    expect(references(healthEvent({ affectedEntities }))).toHaveLength(1);
  });

  it('of nothing at all is dropped', () => {
    expect(readNotification(healthEvent({ affectedEntities: [] }), now)).toHaveProperty('drop');
  });

  it.each([
    ['eventArn', undefined, 'eventArn is missing'],
    ['service', undefined, 'service is missing'],
    ['eventTypeCategory', 7, 'eventTypeCategory is "7"'],
    ['startTime', undefined, 'startTime is missing'],
    ['startTime', 'in spring', 'startTime is "in spring", which is no time'],
    ['affectedEntities', 'all', 'it has no affectedEntities'],
    ['affectedEntities', ['i-0123456789abcdef0'], 'an affected entity is not an object'],
    ['affectedEntities', [{}], 'entityValue is missing'],
  ])('with %s = %j is refused', (field, value, text) => {
    const malformed = expect.objectContaining({ name: 'MalformedSignal', message: expect.stringContaining(text) });
    expect(() => readNotification(healthEvent({ [field]: value }), now)).toThrow(malformed);
  });
});
