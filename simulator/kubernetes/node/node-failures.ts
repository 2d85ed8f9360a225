import type { Machine } from '../../instances/machine.ts';

/** The ways in which a machine can be told to fail. */
const NODE_FAILURES = [
  'never-boots-kubelet',
  'no-join-parameter-access',
  'wrong-ca-hash',
  'csr-with-foreign-ip',
  'csr-for-another-node',
  'cni-never-ready',
  'slow',
  'kubelet-dies-after-ready',
  'never-healthy-port',
] as const;

type NodeFailure = (typeof NODE_FAILURES)[number];

/** The instance tag that names a failure: `slow`, or with seconds `slow:240`. */
export const FAILURE_TAG = 'simulation/failure';

/** A failure with its number, where it has one (seconds of `slow` and `kubelet-dies-after-ready`). */
export interface ChosenFailure {
  readonly name: NodeFailure;
  readonly seconds?: number;
}

/** Reads `slow:240`. @throws RangeError for a name that is no failure. */
function parseFailure(text: string): ChosenFailure {
  const [name = '', seconds] = text.split(':');
  const known = NODE_FAILURES.find((failure) => failure === name);
  if (!known) throw new RangeError(`no failure ${JSON.stringify(name)}; there are ${NODE_FAILURES.join(', ')}`);
  return { name: known, ...(seconds !== undefined && { seconds: Number(seconds) }) };
}

/** The failure of a machine's tag, if it has one. */
export function taggedFailure(machine: Machine): ChosenFailure | undefined {
  const text = machine.tags()[FAILURE_TAG];
  return text === undefined ? undefined : parseFailure(text);
}
