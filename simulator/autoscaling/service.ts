import * as sdk from '@aws-sdk/client-auto-scaling';
import { defineService, type Service } from '../cloud/service.ts';
import { groupOperations } from './group-operations.ts';
import type { Groups } from './groups.ts';
import { hookOperations } from './hook-operations.ts';
import { memberOperations } from './member-operations.ts';

/** Amazon EC2 Auto Scaling. */
export function autoScalingService(groups: Groups): Service {
  return defineService('autoscaling', sdk, {
    ...groupOperations(groups),
    ...hookOperations(groups),
    ...memberOperations(groups),
  });
}
