import { channel } from 'node:diagnostics_channel';
import { auditedParameters, targetOf } from './audited-parameters.ts';
import { seenStates } from './seen-states.ts';

/** Whoever keeps records of what was changed listens here, and is known by nobody else. */
const mutations = channel('tender.audit.action');
/** What was seen before that: whoever keeps records tells it beside. */
const sights = channel('tender.audit.seen');

/** What only looks, or makes and opens ciphers. All else changes something. */
const LOOKS = /^(Describe|List|Get|Head|Lookup|Search|Simulate|Assume|Encrypt|Decrypt|Verify|Generate|Test|Filter)/;
/** Parts of what is recorded when it is whole; and a look that somebody else is asked to take. */
const UNSAID = new Set(['CreateMultipartUpload', 'UploadPart', 'Invoke']);

interface Stack {
  add(
    middleware: (
      next: (args: { input: unknown }) => Promise<unknown>,
      context: { readonly clientName?: string; readonly commandName?: string },
    ) => (args: { input: unknown }) => Promise<unknown>,
    options: { readonly step: 'initialize'; readonly name: string },
  ): void;
}

/** Has a client of the SDK say on `tender.audit.action` what it changes, and what came of it: once for a call, however often it is tried. */
export function auditCalls(client: unknown): void {
  const { middlewareStack } = client as { readonly middlewareStack: Stack };
  middlewareStack.add(
    (next, { clientName = '', commandName = '' }) =>
      async (args) => {
        const action = commandName.replace(/Command$/, '');
        const isDryRun = (args.input as { readonly DryRun?: boolean } | undefined)?.DryRun === true;
        if (sights.hasSubscribers && LOOKS.test(action)) {
          const result = await next(args);
          const { output } = result as { readonly output?: unknown };
          for (const seen of seenStates(action, args.input, output)) sights.publish(seen);
          return result;
        }
        if (!mutations.hasSubscribers || LOOKS.test(action) || UNSAID.has(action) || isDryRun) return next(args);
        const said = {
          service: clientName.replace(/Client$/, '').replace(/^Lean/, ''),
          action,
          target: targetOf(args.input),
          parameters: auditedParameters(args.input),
        };
        try {
          const result = await next(args);
          mutations.publish({ ...said, outcome: 'done' });
          return result;
        } catch (error) {
          mutations.publish({ ...said, outcome: error instanceof Error ? error.name : 'failed' });
          throw error;
        }
      },
    { step: 'initialize', name: 'tenderAudit' },
  );
}
