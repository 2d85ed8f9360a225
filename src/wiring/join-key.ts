import { type Environment, setting } from '../runtime/settings.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** In other accounts and regions, where this deployment's key is not: deploy/other-account/template.yaml makes it. */
const KEY_ELSEWHERE = 'alias/tender-join';

/**
 * The KMS key that encrypts a cluster's join parameters.
 * @throws SettingMissing
 */
export function joinKeyOf({ elsewhere }: RegisteredCluster, environment: Environment): string {
  return elsewhere ? KEY_ELSEWHERE : setting(environment, 'JOIN_KEY_ARN');
}
