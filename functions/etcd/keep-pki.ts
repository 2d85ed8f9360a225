import * as z from 'zod/mini';
import { ssmCommands } from '../../src/aws/ssm-commands.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { keepPki } from '../../src/etcd/keep-pki.ts';
import { task } from '../../src/runtime/task.ts';
import { pkiOf } from '../../src/wiring/pki-of.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

/** Keeps the PKI that a node has encrypted, when it is another one than is kept. The output has names only. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, instanceId: z.string(), commandId: z.string() }),
  output: z.object({
    outcome: z.enum(['not-yet', 'unchanged', 'kept']),
    id: z.optional(z.string()),
    absent: z.optional(z.readonly(z.array(z.string()))),
  }),
  services: () => ({ store: pkiOf(process.env).store, commands: ssmCommands(homeAws(process.env)) }),
  run: (input, { store, commands }, { now }) => keepPki(input, commands, store, now()),
  counters: ({ outcome }) => (outcome === 'not-yet' ? {} : { PkiBackupsKept: outcome === 'kept' ? 1 : 0 }),
});
