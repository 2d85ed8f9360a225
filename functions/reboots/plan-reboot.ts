import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { planReboot } from '../../src/reboots/plan-reboot.ts';
import { task } from '../../src/runtime/task.ts';
import { planRebootOf } from '../../src/wiring/plan-reboot-of.ts';

const Way = z.enum(['agent', 'document', 'reboot', 'lock', 'auto'], 'must be agent, document, reboot, lock or auto');

/** Says whether a node is to be rebooted, and how. */
export const handler = task({
  input: z
    .strictObject({
      cluster: ClusterName,
      instanceId: z
        .string()
        .check(z.regex(/^(i-[0-9a-f]{8,17})?$/, 'must be an instance id, as in i-0123456789abcdef0')),
      nodeName: z.string(),
      way: Way,
      preview: z.boolean(),
      due: z.boolean(),
      bootId: z._default(z.string(), ''),
      commandId: z.string(),
    })
    .check(z.refine(({ instanceId, nodeName }) => instanceId + nodeName !== '', 'needs instanceId or nodeName')),
  output: z.object({
    verdict: z.enum(['reboot', 'not-due', 'aside', 'stopped', 'refused', 'wait']),
    why: z.string(),
    instanceId: z.string(),
    nodeName: z.string(),
    ipAddress: z.string(),
    groupName: z.string(),
    zone: z.string(),
    role: z.enum(['worker', 'control-plane', 'etcd']),
    way: Way,
    bootId: z.string(),
    osImage: z.string(),
    kernelVersion: z.string(),
    toVersion: z.string(),
    versionDue: z.boolean(),
    commandId: z.string(),
    leaves: z.boolean(),
    checkSeconds: z.number(),
    bootSeconds: z.number(),
  }),
  services: ({ cluster }, runtime) => planRebootOf(cluster, process.env, runtime),
  run: async (input, { policyNow, ports }, { now, execution = 'none' }) =>
    planReboot({ ...input, owner: execution }, ports, await policyNow(), now()),
});
