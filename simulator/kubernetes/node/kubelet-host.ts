import type { Random } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import type { NodeAddress } from '../api/objects.ts';

/** The machine as a kubelet sees it: an EC2 instance, or nothing but a name (as kubemark's hollow nodes). */
export interface KubeletHost {
  readonly world: World;
  /** The luck of this machine. */
  readonly random: Random;
  readonly addresses: readonly NodeAddress[];
  readonly bootId: string;
  readonly machineId: string;
  journal(line: string): void;
  /** Opens or closes a port; the range form serves NodePorts. */
  listen(port: number | { from: number; to: number }, open: boolean): void;
  /** Whether packets pass. */
  reachable(): boolean;
}
