import type { HistoryEntry } from '../../simulator/world/history.ts';
import { type FailedRequest, failureText } from '../load/load-report.ts';
import { type InstanceOfNode, instanceOf } from './board.ts';

/** A line of the story: what happened, and to which instance when it happened to one. */
export interface Sentence {
  readonly at: number;
  readonly instanceId: string | undefined;
  readonly text: string;
}

type Details = HistoryEntry['details'];

const lifecycle: Readonly<Record<string, string>> = {
  Pending: 'launching',
  InService: 'InService',
  Terminating: 'is to leave the group',
};

/** Reasons of Tender's Events about nodes that a stranger wants to know of. */
const told = /^(DrainStarted|NodeCordoned|DrainBlocked|NodeDrained|DrainGaveUp|DrainUndone|NodeOutOfService)$/;

/** What a node is asked for, by the name of our document. */
const commands: readonly (readonly [RegExp, string])[] = [
  [/Diagnosis/i, 'did not join in time: its logs are collected'],
  [/BackUpPki/i, 'is asked for the PKI, which it encrypts'],
  [/UploadCertificates/i, 'is asked to share the certificates of the control plane, encrypted'],
];

/** An ARN is for whoever looks for it with kubectl. */
function withoutExecution(message: string): string {
  return message.replace(/[.;]? Execution arn:\S+$/, '');
}

/** By source (without what follows its colon) and event. An empty text is not told. */
const texts: Readonly<Record<string, (details: Details) => string>> = {
  'autoscaling DesiredCapacitySet': ({ group, from, to }) => `${group} is to have ${to} instances instead of ${from}`,
  'autoscaling LifecycleStateChanged': ({ state }) => lifecycle[String(state)] ?? '',
  'autoscaling LifecycleHookWaiting': ({ hook }) => `waits at its hook ${hook}`,
  'autoscaling LifecycleActionHeartbeat': () => 'its hook is kept alive',
  'autoscaling LifecycleActionCompleted': ({ result }) => `its hook is answered: ${result}`,
  'ec2 EC2SpotInstanceInterruptionWarning': () => 'is warned: EC2 takes it in two minutes',
  'ec2 MaintenanceScheduled': ({ kind }) => `is scheduled for ${kind} by AWS Health`,
  'ec2 InstanceBooted': () => 'has booted',
  'ec2 InstanceStateChanged': ({ state }) =>
    state === 'terminated' ? 'terminated' : state === 'shutting-down' ? 'shuts down' : '',
  'ssm ParameterPut': ({ type }) =>
    type === 'SecureString' ? 'has a token, in a parameter that only it can read' : '',
  'ssm ParameterDeleted': () => 'token and parameter are gone',
  'ssm CommandSent': ({ document }) => commands.find(([name]) => name.test(String(document)))?.[1] ?? '',
  // A client certificate is followed by the Node in the same moment.
  'kubernetes CertificateIssued': ({ signerName }) =>
    String(signerName).endsWith('kubelet-serving') ? 'has its serving certificate' : '',
  'kubernetes NodeRegistered': ({ node }) => `joined as ${node}`,
  'kubernetes NodeReady': () => 'Ready',
  'kubernetes PodEvicted': ({ pod }) => `${pod} is evicted`,
  'kubernetes NodeDeleted': () => 'its Node is deleted',
  'kubernetes NodeEvent': ({ reason, message }) => (told.test(String(reason)) ? withoutExecution(String(message)) : ''),
  'elb InstanceHealthChanged': ({ state }) => (state === 'InService' ? 'healthy behind the classic ELB' : ''),
  'elb InstanceDeregistered': () => 'is out of the classic ELB',
  'elbv2 TargetHealthChanged': ({ state }) =>
    state === 'healthy' ? 'healthy behind the NLB' : state === 'draining' ? 'leaves the NLB, which takes its time' : '',
  'elbv2 TargetRemoved': () => 'is out of the NLB',
  'load RequestFailed': (failure) => `a request failed: ${failureText(failure as unknown as FailedRequest)}`,
  'states ExecutionFailed': ({ error }) => `its execution ends: ${error}`,
};

/** Tells one entry of the world's log in a sentence; undefined when a stranger need not know. Pure. */
export function narrate(entry: HistoryEntry, instanceOfNode: InstanceOfNode): Sentence | undefined {
  const text = texts[`${entry.source.split(':')[0]} ${entry.event}`]?.(entry.details) ?? '';
  return text === '' ? undefined : { at: entry.at, instanceId: instanceOf(entry, instanceOfNode), text };
}
