import type { AdministrativeOverride } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LoadBalancerRecord } from './records.ts';

const CROSS_ZONE = 'load_balancing.cross_zone.enabled';

/**
 * Zonal shifts of load balancers, as Application Recovery Controller starts them for a person or by itself: at most one of each, away from one zone
 * (docs.aws.amazon.com/elasticloadbalancing/latest/application/zonal-shift.html).
 */
export class ZonalShifts {
  readonly #away = new Map<LoadBalancerRecord, string>();

  /** Leads a load balancer's traffic away from a zone; returns how to end that. */
  start(loadBalancer: LoadBalancerRecord, zone: string): () => void {
    this.#away.set(loadBalancer, zone);
    return () => this.#away.delete(loadBalancer);
  }

  /** Whether new connections of all these load balancers go to other zones. */
  leave(zone: string | undefined, loadBalancers: readonly LoadBalancerRecord[]): boolean {
    return loadBalancers.length > 0 && loadBalancers.every((one) => this.#away.get(one) === zone);
  }

  /** What DescribeTargetHealth says of a target in that zone. With cross-zone balancing off, the shift is DNS's, and is not told there. */
  overrideOf(zone: string | undefined, loadBalancers: readonly LoadBalancerRecord[]): AdministrativeOverride {
    const shifted = loadBalancers.filter((one) => this.#away.get(one) === zone);
    if (shifted.length === 0)
      return {
        State: 'no_override',
        Reason: 'AdministrativeOverride.NoOverride',
        Description: 'No override is currently active on target',
      };
    return shifted.some(({ attributes }) => attributes.get(CROSS_ZONE) === 'true')
      ? {
          State: 'zonal_shift_active',
          Reason: 'AdministrativeOverride.ZonalShiftActive',
          Description: `Zonal shift is active for the target in Availability Zone ${zone}`,
        }
      : {
          State: 'zonal_shift_delegated_to_dns',
          Reason: 'AdministrativeOverride.ZonalShiftDelegatedToDns',
          Description: 'The zonal shift state of the target is available from Application Recovery Controller',
        };
  }
}
