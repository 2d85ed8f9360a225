import { describe, expect, it } from 'vitest';
import { OtherPlace } from '../../support/scenarios/other-place.ts';

const timeout = 60_000;

describe('a cluster in another region of the account', () => {
  it('gets its node, and its hook is answered there', { timeout }, async () => {
    const place = await OtherPlace.prepare({ account: '111111111111', region: 'eu-west-1' });
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.bootstraps().map(({ run }) => run.outcome?.status)).toEqual(['SUCCEEDED']);
    expect(place.hookAnswers()).toEqual([`CONTINUE ${instanceId}`]);
    expect(place.cluster.inService()).toEqual([instanceId]);
    expect(place.trace()).toContain('AnswerHookElsewhere');
    expect(place.events('EventForwarded').map(({ details }) => details.to)).toContain(
      'arn:aws:events:us-east-1:111111111111:event-bus/default',
    );
    expect(place.leftovers()).toEqual([]);
    expect(place.denials()).toEqual([]);
  });

  it('is dropped when the entry names no region: the deployment has no such group', { timeout }, async () => {
    const place = await OtherPlace.prepare({ account: '111111111111', region: 'eu-west-1', registered: false });
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.bootstraps()).toEqual([]);
    expect(place.hookAnswers()).toEqual([`TIMEOUT ${instanceId}`]);
  });
});
