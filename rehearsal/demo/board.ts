import type { HistoryEntry } from '../../simulator/world/history.ts';

/** How far an instance can come, in this order. */
export const steps = ['launching', 'hook', 'token', 'joined', 'ready', 'targets', 'inService'] as const;

export type Step = (typeof steps)[number];

/** One instance of the worker group on its way. Times are epoch milliseconds of the world. */
export interface BoardRow {
  readonly instanceId: string;
  readonly zone: string;
  readonly reached: Readonly<Partial<Record<Step, number>>>;
  /** What it waits for now, for people; empty when it waits for nothing. */
  readonly waitsFor: string;
  /** The bad one is diagnosed, abandoned, terminated; a good one is in service, leaving, gone. */
  readonly state: 'coming' | 'in service' | 'diagnosed' | 'abandoned' | 'terminated' | 'leaving' | 'gone';
  /** Since when Tender cares for it: its time to join runs from here. */
  readonly claimedAt: number | undefined;
  readonly healthyAt: { readonly nlb: boolean; readonly classic: boolean };
}

/** Everything the screen shows of a cluster's worker group. */
export interface Board {
  readonly group: string;
  readonly desired: number;
  /** In the order of their launch. */
  readonly rows: readonly BoardRow[];
  /** Zones of instances that EC2 has told of, group members or not. */
  readonly zones: Readonly<Record<string, string>>;
}

/** Which instance a Node belongs to: the log of a cluster speaks of Nodes only. */
export type InstanceOfNode = (nodeName: string) => string | undefined;

/** What one entry of the log changes about the row of its instance. */
type Change = (row: BoardRow, details: HistoryEntry['details'], at: number) => Partial<BoardRow>;

const reached =
  (step: Step, waitsFor: string): Change =>
  (row, _, at) => ({ reached: { ...row.reached, [step]: row.reached[step] ?? at }, waitsFor });

const waiting =
  (waitsFor: string): Change =>
  () => ({ waitsFor });

/** Of an instance that was in service: what it waits for on its way out. */
const leaving =
  (waitsFor: string): Change =>
  ({ state }) =>
    state === 'in service' || state === 'leaving' ? { state: 'leaving', waitsFor } : {};

/** By source (without what follows its colon) and event. */
const changes: Readonly<Record<string, Change>> = {
  'autoscaling LifecycleHookWaiting': (row, details, at) =>
    isDeparture(details)
      ? leaving('Tender to drain it')(row, details, at)
      : reached('hook', 'Tender to claim it and mint its token')(row, details, at),
  'autoscaling LifecycleStateChanged': lifecycleChange,
  'autoscaling LifecycleActionCompleted': answerChange,
  'ec2 InstanceStateChanged': endChange,
  'ec2 EC2SpotInstanceInterruptionWarning': leaving('Tender to drain it before EC2 takes it'),
  'ec2 MaintenanceScheduled': leaving('Tender to drain it before its maintenance'),
  'kubernetes NodeEvent': nodeChange,
  'ec2 InstanceBooted': waiting('kubeadm to ask for its certificate'),
  'ssm ParameterPut': reached('token', 'the machine to boot and read its token'),
  'kubernetes NodeRegistered': reached('joined', 'the network plugin'),
  'kubernetes NodeReady': reached('ready', 'the cloud controller to initialize the node'),
  'kubernetes NodeInitialized': waiting('DaemonSets and its serving certificate'),
  'elb InstanceRegistered': (row) => targetChange(row, row.healthyAt, 0),
  'elb InstanceHealthChanged': (row, { state }, at) =>
    targetChange(row, { ...row.healthyAt, classic: state === 'InService' }, at),
  'elbv2 TargetHealthChanged': (row, { state }, at) =>
    targetChange(row, { ...row.healthyAt, nlb: state === 'healthy' }, at),
  'states ExecutionStarted': (_, __, at) => ({ claimedAt: at }),
  'states StateEntered': (_, { state }) => stateChange(String(state)),
};

/** A board on which nothing has happened yet. */
export function emptyBoard(group: string): Board {
  return { group, desired: 0, rows: [], zones: {} };
}

/**
 * The board after one more entry of the world's log. Pure; what does not concern the group changes nothing.
 */
export function advanceBoard(board: Board, entry: HistoryEntry, instanceOfNode: InstanceOfNode): Board {
  const { event, details, at } = entry;
  if (event === 'GroupCreated' && details.group === board.group) return { ...board, desired: Number(details.desired) };
  if (event === 'DesiredCapacitySet' && details.group === board.group) return { ...board, desired: Number(details.to) };
  const instanceId = instanceOf(entry, instanceOfNode);
  if (instanceId === undefined) return board;
  if (typeof details.zone === 'string' && board.zones[instanceId] === undefined)
    return { ...board, zones: { ...board.zones, [instanceId]: details.zone } };
  if (event === 'LifecycleStateChanged' && details.state === 'Pending') return withRow(board, instanceId, entry);
  const change = changes[`${entry.source.split(':')[0]} ${event}`];
  if (!change) return board;
  const rows = board.rows.map((row) => (row.instanceId === instanceId ? { ...row, ...change(row, details, at) } : row));
  return { ...board, rows };
}

/** The instance that an entry of the log is about, by its id, its Node, or the name of its parameter or execution. */
export function instanceOf({ details }: HistoryEntry, instanceOfNode: InstanceOfNode): string | undefined {
  const { instanceId, instanceIds, target, name, execution, node, username } = details;
  const nodeName = node ?? (typeof username === 'string' ? /^system:node:(.+)$/.exec(username)?.[1] : undefined);
  if (typeof nodeName === 'string') return instanceOfNode(nodeName);
  const telling =
    instanceId ?? (Array.isArray(instanceIds) ? instanceIds[0] : undefined) ?? target ?? name ?? execution;
  return typeof telling === 'string' ? /i-[0-9a-f]{17}/.exec(telling)?.[0] : undefined;
}

function withRow(board: Board, instanceId: string, { details, at }: HistoryEntry): Board {
  if (details.group !== board.group) return board;
  const row: BoardRow = {
    instanceId,
    zone: board.zones[instanceId] ?? '',
    reached: { launching: at },
    waitsFor: 'EC2 to start it',
    state: 'coming',
    claimedAt: undefined,
    healthyAt: { nlb: false, classic: false },
  };
  return { ...board, rows: [...board.rows, row] };
}

function isDeparture({ transition }: HistoryEntry['details']): boolean {
  return transition === 'autoscaling:EC2_INSTANCE_TERMINATING';
}

function answerChange(row: BoardRow, details: HistoryEntry['details'], at: number): Partial<BoardRow> {
  if (isDeparture(details)) return leaving('EC2 to terminate it')(row, details, at);
  return details.result === 'CONTINUE'
    ? { waitsFor: 'Auto Scaling to take it into service' }
    : { state: 'abandoned', waitsFor: 'Auto Scaling to terminate and replace it' };
}

function endChange({ state }: BoardRow, details: HistoryEntry['details']): Partial<BoardRow> {
  if (details.state !== 'terminated') return {};
  if (state === 'abandoned') return { state: 'terminated', waitsFor: '' };
  return state === 'leaving' ? { state: 'gone', waitsFor: '' } : {};
}

/** What Tender writes about the node while it drains it. */
function nodeChange(row: BoardRow, details: HistoryEntry['details'], at: number): Partial<BoardRow> {
  const { reason, message } = details;
  if (reason === 'NodeCordoned') return leaving('its pods to leave')(row, details, at);
  if (reason === 'DrainBlocked') return leaving(String(message))(row, details, at);
  if (reason === 'NodeDrained') return leaving('its load balancers to let go of it')(row, details, at);
  return {};
}

function lifecycleChange(row: BoardRow, details: HistoryEntry['details'], at: number): Partial<BoardRow> {
  if (details.state === 'Terminating') return leaving('Auto Scaling to ask its hooks')(row, details, at);
  if (details.state !== 'InService') return {};
  return { reached: { ...row.reached, inService: at }, state: 'in service', waitsFor: '' };
}

function targetChange(row: BoardRow, healthyAt: BoardRow['healthyAt'], at: number): Partial<BoardRow> {
  // Health that changes afterwards is another story.
  if (row.state !== 'coming') return { healthyAt };
  const missing = [...(healthyAt.nlb ? [] : ['NLB']), ...(healthyAt.classic ? [] : ['classic ELB'])];
  if (missing.length > 0) return { healthyAt, waitsFor: `health checks of ${missing.join(' and ')}` };
  const targets = row.reached.targets ?? at;
  return { healthyAt, reached: { ...row.reached, targets }, waitsFor: 'Tender to lift the taint and answer the hook' };
}

/** States of node-bootstrap in which the way ends badly. */
function stateChange(state: string): Partial<BoardRow> {
  if (state === 'StartDiagnosis')
    return { state: 'diagnosed', waitsFor: 'its diagnosis: console, cloud-init, kubelet, containerd' };
  if (state === 'RevokeJoin') return { waitsFor: 'its token to be revoked' };
  return {};
}
