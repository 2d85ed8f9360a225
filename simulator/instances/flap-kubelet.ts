import type { Machine } from './machine.ts';

/** Stops and starts the kubelet of a machine again and again, beginning with a stop, whatever is done about it, until the returned function is called. */
export function flapKubelet(
  machine: Machine,
  { downMs = 90_000, upMs = 120_000 }: { readonly downMs?: number; readonly upMs?: number } = {},
): () => void {
  let flaps = true;
  const turn = (verb: 'stop' | 'start') => {
    if (!flaps) return;
    machine.systemctl(verb, 'kubelet');
    const next = verb === 'stop' ? 'start' : 'stop';
    machine.world.afterInBackground(verb === 'stop' ? downMs : upMs, `kubelet of ${machine.instanceId} flaps`, () =>
      turn(next),
    );
  };
  turn('stop');
  return () => {
    flaps = false;
    machine.systemctl('start', 'kubelet');
  };
}
