import type { UnitVerb } from '../../instances/machine.ts';
import type { Kubelet } from './kubelet.ts';

/** kubelet.service of a machine: the kubelet that runs now, and how to start another one in its place. */
export class KubeletUnit {
  #kubelet: Kubelet | undefined;
  #start: (() => Promise<void>) | undefined;

  get isActive(): boolean {
    return this.#kubelet !== undefined && !this.#kubelet.hasStopped;
  }

  /** A kubelet begins; `again` begins another one with the same settings. */
  runs(kubelet: Kubelet, again: () => Promise<void>): void {
    this.#kubelet = kubelet;
    this.#start = again;
  }

  stop(): void {
    this.#kubelet?.stop();
    this.#start = undefined;
  }

  /** As systemctl does. What never began because the machine has no configuration for it ends at once again. */
  turn(verb: UnitVerb): void {
    if (verb === 'start' && this.isActive) return;
    this.#kubelet?.stop();
    if (verb !== 'stop') void this.#start?.();
  }
}
