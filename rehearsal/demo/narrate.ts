import type { HistoryEntry } from '../../simulator/world/history.ts';
import { type InstanceOfNode, instanceOf } from './board.ts';

/** A line of the story: what happened, and to which instance when it happened to one. */
export interface Sentence {
  readonly at: number;
  readonly instanceId: string | undefined;
  readonly text: string;
}

type Details = HistoryEntry['details'];

/** By source (without what follows its colon) and event. An empty text is not told. */
const texts: Readonly<Record<string, (details: Details) => string>> = {
  'autoscaling DesiredCapacitySet': ({ group, from, to }) => `${group} is to have ${to} instances instead of ${from}`,
  'autoscaling LifecycleStateChanged': ({ state }) =>
    state === 'Pending' ? 'launching' : state === 'InService' ? 'InService' : '',
  'autoscaling LifecycleHookWaiting': ({ hook }) => `waits at its hook ${hook}`,
  'autoscaling LifecycleActionHeartbeat': () => 'its hook is kept alive',
  'autoscaling LifecycleActionCompleted': ({ result }) => `its hook is answered: ${result}`,
  'ec2 InstanceBooted': () => 'has booted',
  'ec2 InstanceStateChanged': ({ state }) => (state === 'terminated' ? 'terminated' : ''),
  'ssm ParameterPut': ({ type }) =>
    type === 'SecureString' ? 'has a token, in a parameter that only it can read' : '',
  'ssm ParameterDeleted': () => 'token and parameter are gone',
  'ssm CommandSent': () => 'did not join in time: its logs are collected',
  // A client certificate is followed by the Node in the same moment.
  'kubernetes CertificateIssued': ({ signerName }) =>
    String(signerName).endsWith('kubelet-serving') ? 'has its serving certificate' : '',
  'kubernetes NodeRegistered': ({ node }) => `joined as ${node}`,
  'kubernetes NodeReady': () => 'Ready',
  'elb InstanceHealthChanged': ({ state }) => (state === 'InService' ? 'healthy behind the classic ELB' : ''),
  'elbv2 TargetHealthChanged': ({ state }) => (state === 'healthy' ? 'healthy behind the NLB' : ''),
  'states ExecutionFailed': ({ error }) => `its execution ends: ${error}`,
};

/** Tells one entry of the world's log in a sentence; undefined when a stranger need not know. Pure. */
export function narrate(entry: HistoryEntry, instanceOfNode: InstanceOfNode): Sentence | undefined {
  const text = texts[`${entry.source.split(':')[0]} ${entry.event}`]?.(entry.details) ?? '';
  return text === '' ? undefined : { at: entry.at, instanceId: instanceOf(entry, instanceOfNode), text };
}
