import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../simulator/kubernetes/api/objects.ts';
import { hookAnswers, joinParameter, rehearse } from '../../support/scenarios/scenario.ts';

describe('an approval whose function dies', () => {
  it.each(['kill-before', 'kill-after', 'lose-response'] as const)(
    'is finished (%s): the token does not outlive the first certificate until the node is admitted',
    { timeout: 120_000 },
    async (kind) => {
      const scenario = await rehearse();
      const { cluster, cloud } = scenario;
      const tokens = () =>
        cluster.kubernetes.store
          .list<KubeObject>('secrets', 'kube-system')
          .filter(({ metadata }) => metadata.name.startsWith('bootstrap-token-'));
      let planted = 0;
      scenario.plant(
        ({ operation }) => {
          const approves = operation.endsWith('certificatesigningrequests/approval');
          if (approves) planted += 1;
          return approves;
        },
        { kind },
      );
      const instanceId = await scenario.launchOnce();
      await scenario.untilState('RegisterTargets');
      expect(planted).toBe(1);
      expect(tokens()).toEqual([]);
      expect(cloud.parameters.valueOf(joinParameter(instanceId))).toBeUndefined();

      await scenario.comesToRest();
      expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
      expect(scenario.leftovers()).toEqual([]);
    },
  );
});
