import * as z from 'zod/mini';
import { LABEL_KEY } from './label-key.ts';

const annotations = () => z.array(z.string().check(z.regex(LABEL_KEY, 'must be the key of an annotation')));

/** How a node is rebooted, where it is updated in place. */
export const Reboots = z.strictObject({
  beforeRebootAnnotations: z
    ._default(annotations(), [])
    .check(
      z.describe(
        'Annotations that have to be true before a node with FLUO’s agent is emptied: what its update-operator has as --before-reboot-annotations.',
      ),
    ),
  afterRebootAnnotations: z
    ._default(annotations(), [])
    .check(z.describe('The same after the reboot, before the node takes pods again: --after-reboot-annotations.')),
  checkMinutes: z
    ._default(z.int().check(z.gte(1), z.lte(1440)), 60)
    .check(z.describe('How long checks before the reboot are waited for, in minutes.')),
  updateMinutes: z
    ._default(z.int().check(z.gte(1), z.lte(240)), 30)
    .check(z.describe('How long update_engine may take to install an update, in minutes.')),
  bootMinutes: z
    ._default(z.int().check(z.gte(3), z.lte(240)), 30)
    .check(
      z.describe(
        'How long a node may take from its reboot until it is verified, checks after it included, in minutes.',
      ),
    ),
  readyMinutes: z
    ._default(z.int().check(z.gte(0), z.lte(120)), 2)
    .check(z.describe('How long a node that has booted has to be Ready without a break, in minutes.')),
});
