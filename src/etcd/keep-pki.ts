import { PkiNotRead } from './errors.ts';
import { pkiId } from './names.ts';
import type { CommandResults, PkiStore } from './pki-ports.ts';

/** What came of a look at the PKI. */
export type PkiOutcome =
  /** The command has not ended yet. */
  | { readonly outcome: 'not-yet' }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'kept'; readonly id: string; readonly absent: readonly string[] };

interface Answer {
  readonly outcome?: 'changed' | 'unchanged';
  readonly fingerprint?: string;
  readonly files?: readonly string[];
  readonly absent?: readonly string[];
  readonly key?: string;
  readonly data?: string;
}

const UNDER_WAY = ['Pending', 'InProgress', 'Unknown'];

/**
 * Keeps what the document on the node has read and encrypted, unless it is what is kept already. It can run again: the same PKI is kept once.
 * @throws PkiNotRead
 */
export async function keepPki(
  where: { readonly cluster: string; readonly instanceId: string; readonly commandId: string },
  commands: CommandResults,
  store: PkiStore,
  now: Date,
): Promise<PkiOutcome> {
  const { cluster, instanceId, commandId } = where;
  const { status, output, errors } = await commands.result(commandId, instanceId);
  if (UNDER_WAY.includes(status)) return { outcome: 'not-yet' };
  if (status !== 'Success')
    throw new PkiNotRead(instanceId, errors.trim().slice(-300) || `the command ended as ${status}`);
  const { outcome, fingerprint = '', files = [], absent = [], key = '', data = '' } = answerOf(instanceId, output);
  const at = now.toISOString();
  if (outcome === 'unchanged' || (await store.newest(cluster))?.fingerprint === fingerprint) {
    await store.noteLook(cluster, { at, fingerprint });
    return { outcome: 'unchanged' };
  }
  if (!/^[0-9a-f]{64}$/.test(fingerprint) || key === '' || data === '')
    throw new PkiNotRead(instanceId, 'its answer is incomplete');
  const id = pkiId(now, fingerprint);
  await store.add({ cluster, id, takenAt: at, fingerprint, instanceId, files, absent, key, data });
  await store.noteLook(cluster, { at, fingerprint });
  return { outcome: 'kept', id, absent };
}

// The answer itself stands in no error: whoever reads errors need not have what is in it, encrypted or not.
function answerOf(instanceId: string, output: string): Answer {
  try {
    return JSON.parse(output) as Answer;
  } catch {
    throw new PkiNotRead(instanceId, 'its answer is no JSON');
  }
}
