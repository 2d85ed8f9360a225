import { eventPrefix } from './event-conditions.ts';
import type { HealthPolicy, Rule, Rung } from './policy.ts';

const whole: readonly Rung[] = ['restart', 'reboot', 'replace', 'page'];
const fromReboot: readonly Rung[] = ['reboot', 'replace', 'page'];
const fromReplace: readonly Rung[] = ['replace', 'page'];
const told: readonly Rung[] = ['page'];
const shown: readonly Rung[] = [];

/**
 * What is done where the registry says nothing (S16, S17). Not Ready for 5 minutes is Node Health Check's; 10 minutes for accelerated hardware and 30 for
 * the other conditions of the node monitoring agent are EKS auto repair's and Karpenter's; so is that pressure is left to the kubelet.
 */
const defaultRules: readonly Rule[] = [
  { signal: 'NotReady', afterMinutes: 5, ladder: whole },
  { signal: 'Unknown', afterMinutes: 5, ladder: whole },
  { signal: 'LeaseStopped', afterMinutes: 5, ladder: whole },
  // The host is broken: no reboot mends it, and a stop and start is not for instances of a group.
  { signal: 'SystemStatus', afterMinutes: 5, ladder: fromReplace },
  { signal: 'InstanceStatus', afterMinutes: 5, ladder: fromReboot },
  { signal: 'NeverJoined', afterMinutes: 15, ladder: fromReplace },
  { signal: 'NodeWithoutInstance', afterMinutes: 0, ladder: fromReplace },
  // A count within a time has waited already.
  { signal: 'Flapping', afterMinutes: 0, ladder: fromReplace },
  // Auto Scaling replaces it itself.
  { signal: 'AutoScalingUnhealthy', afterMinutes: 0, ladder: shown },
  { signal: 'AcceleratedHardwareReady', afterMinutes: 10, ladder: fromReboot },
  { signal: 'ContainerRuntimeReady', afterMinutes: 30, ladder: whole },
  { signal: 'KernelReady', afterMinutes: 30, ladder: fromReboot },
  { signal: 'NetworkingReady', afterMinutes: 30, ladder: fromReboot },
  { signal: 'StorageReady', afterMinutes: 30, ladder: fromReboot },
  { signal: 'KernelDeadlock', afterMinutes: 30, ladder: fromReboot },
  { signal: 'ReadonlyFilesystem', afterMinutes: 30, ladder: fromReboot },
  { signal: 'FrequentKubeletRestart', afterMinutes: 30, ladder: fromReboot },
  { signal: 'FrequentContainerdRestart', afterMinutes: 30, ladder: fromReboot },
  { signal: 'FrequentDockerRestart', afterMinutes: 30, ladder: fromReboot },
  { signal: 'FrequentUnregisterNetDevice', afterMinutes: 30, ladder: fromReboot },
  { signal: 'CorruptDockerOverlay2', afterMinutes: 30, ladder: fromReplace },
  // The kubelet evicts pods for these; a new node would fill up as well.
  { signal: 'MemoryPressure', afterMinutes: 0, ladder: shown },
  { signal: 'DiskPressure', afterMinutes: 0, ladder: shown },
  { signal: 'PIDPressure', afterMinutes: 0, ladder: shown },
  { signal: 'NetworkUnavailable', afterMinutes: 0, ladder: shown },
  // What is of no node is told, or only shown.
  { signal: 'ApiServerAway', afterMinutes: 5, ladder: told },
  { signal: 'EtcdQuorumLost', afterMinutes: 0, ladder: told },
  { signal: 'EtcdQuorumUnknown', afterMinutes: 10, ladder: told },
  { signal: 'EtcdAlarm', afterMinutes: 0, ladder: told },
  { signal: 'EtcdDatabaseFull', afterMinutes: 0, ladder: told },
  { signal: 'EtcdMemberUnhealthy', afterMinutes: 5, ladder: fromReplace },
  { signal: 'EtcdMemberLags', afterMinutes: 15, ladder: shown },
  { signal: 'DaemonSetNotReady', afterMinutes: 15, ladder: shown },
  { signal: 'CoreDnsAway', afterMinutes: 5, ladder: told },
  { signal: 'CoreDnsNotReady', afterMinutes: 15, ladder: shown },
  { signal: 'TargetsUnhealthy', afterMinutes: 15, ladder: shown },
  { signal: 'BadImage', afterMinutes: 0, ladder: told },
  { signal: 'Unseen', afterMinutes: 15, ladder: told },
];

/** The rules of a cluster by signal: its own, and the defaults for signals that it says nothing of. A signal may have one rule for each status. */
export function rulesOf({ rules }: Pick<HealthPolicy, 'rules'>): ReadonlyMap<string, readonly Rule[]> {
  return new Map([...bySignal(defaultRules), ...bySignal(rules)]);
}

/** The status in which a condition is sick. */
export function sickStatus({ signal, status }: Rule): 'True' | 'False' | 'Unknown' {
  return status ?? (signal.endsWith('Ready') && !signal.startsWith(eventPrefix) ? 'False' : 'True');
}

function bySignal(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, readonly Rule[]>();
  for (const rule of rules) found.set(rule.signal, [...(found.get(rule.signal) ?? []), rule]);
  return found;
}
