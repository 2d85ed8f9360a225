import { callAgain, startAgain, type Tried } from '../../src/aws/try-again.ts';
import type { AnotherTry } from '../../src/signals/failed-signal.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { SignalNotThere } from '../errors.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { type Found, throughQueues } from './queues.ts';

/** What came of one of them. */
type Came = Tried['outcome'] | 'discarded';

/**
 * Gives signals another try, as they first came, and takes out of their queue those, and only those, that came to something; with `discard`, those too that are dropped
 * again. One that fails is a row, and never keeps the others from their try. Gives whether all left their queue.
 * @throws SignalNotThere, and what AWS throws when it is asked for the queues
 */
export async function redriveSignals(
  context: CommandContext,
  deployment: Deployment,
  { id, limit, discard }: { readonly id?: string; readonly limit: number; readonly discard?: boolean },
): Promise<boolean> {
  let all = true;
  await throughQueues(deployment, limit, async (found) => {
    const wanted = id === undefined ? found : found.filter(({ messageId }) => messageId.startsWith(id));
    if (id !== undefined && wanted.length === 0) throw new SignalNotThere(id);
    const rows = [];
    for (const one of wanted) {
      const { again, what } = await givenAnotherTry(deployment, one, discard === true);
      all &&= again === 'done' || again === 'discarded';
      rows.push({ id: one.messageId, queue: one.queue, kind: one.signal.kind, again, what });
    }
    print(context, rows, { kind: 'rows', rows, empty: 'There is none: every signal was answered.' });
  });
  return all;
}

async function givenAnotherTry(
  deployment: Deployment,
  { signal, remove }: Found,
  discard: boolean,
): Promise<{ readonly again: Came; readonly what: string }> {
  try {
    const { outcome, words } = await tried(deployment, signal.again);
    const again = outcome === 'dropped' && discard ? 'discarded' : outcome;
    if (again === 'done' || again === 'discarded') await remove();
    return { again, what: words };
  } catch (error) {
    return { again: 'failed', what: String(error) };
  }
}

async function tried({ environment }: Deployment, again: AnotherTry | undefined): Promise<Tried> {
  const home = homeAws(environment);
  if (!again) return { outcome: 'failed', words: 'nobody can read it' };
  return again.kind === 'invoke'
    ? callAgain(home, again.functionName, again.event)
    : startAgain(home, again.stateMachineArn, again.name, again.input);
}
