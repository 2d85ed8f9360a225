import { beginUpdate } from '../../../src/updates/begin-update.ts';
import { decideUpdate } from '../../../src/updates/decide-update.ts';
import type { Action, Decision } from '../../../src/updates/decision.ts';
import type { UpdateRules } from '../../../src/updates/policy.ts';
import type { DescribedGroup, UpdatingMember } from '../../../src/updates/ports.ts';
import { settleUpdate } from '../../../src/updates/settle-update.ts';
import type { Fate, UpdateSight } from '../../../src/updates/sight.ts';
import type { UpdateRecord } from '../../../src/updates/update-record.ts';

/** What a model of a group is made of. */
export interface ModelOptions {
  readonly nodes: number;
  /** Default: workers. */
  readonly role?: 'worker' | 'control-plane';
  /** How many instances more than that the group may have. */
  readonly room: number;
  readonly rules?: Partial<UpdateRules>;
  /** A number from 0 to 1, each time another. */
  readonly random: () => number;
  /** What instances of the new version do, in the order of their launch from 1. */
  readonly second?: (ordinal: number) => 'joins' | 'never-ready' | 'fails-to-join' | 'sick-later';
  /** How many of a hundred moves fail. */
  readonly failingMoves?: number;
  /** How many of a hundred answers about a shrunk group are lost. */
  readonly lostAnswers?: number;
}

interface ModelMember {
  instanceId: string;
  version: string;
  state: 'Pending' | 'InService' | 'Terminating:Wait';
  ready: boolean;
  /** Minutes of the clock at which something becomes of it. */
  dueAt: number;
  sickAt: number;
  zone: string;
}

interface ModelMove {
  readonly instanceId: string;
  readonly shrink: boolean;
  readonly atLeast: number;
  readonly endsAt: number;
  readonly fails: boolean;
  fate: Fate;
}

const TEMPLATE = 'lt-1';
export const rulesOfModel: UpdateRules = {
  policy: 'auto',
  way: 'image',
  maxSurge: 2,
  maxUnavailable: 1,
  bakeMinutes: 10,
  joinMinutes: 30,
  podsNotReady: 0,
  podsRestarted: 0,
  perGroup: 2,
  hooks: [],
  healthMinutes: 0,
};

/**
 * A group, its nodes and the executions that empty them, by the minute and without a cloud: what decideUpdate is played against a thousand times. What it does that no update may do is
 * noted in {@link UpdateModel.violations}.
 */
export class UpdateModel {
  readonly violations: string[] = [];
  readonly rules: UpdateRules;
  members: ModelMember[] = [];
  desired: number;
  readonly max: number;
  version = '1';
  suspended: string[] = [];
  minutes = 0;
  record: UpdateRecord | undefined;
  last: Decision | undefined;
  bad: string[] = [];
  /** Those that people, or an autoscaler, want. */
  wanted: number;
  andon = false;
  open = true;
  away = false;
  outdated = new Set<string>();
  readonly #options: ModelOptions;
  readonly #moves = new Map<string, ModelMove>();
  #launched = 0;
  #second = 0;
  #failedJoins = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.rules = { ...rulesOfModel, ...options.rules };
    this.desired = options.nodes;
    this.wanted = options.nodes;
    this.max = options.nodes + options.room;
    for (let index = 0; index < options.nodes; index += 1) this.members.push(this.#launch('1', 0));
    for (const member of this.members)
      Object.assign(member, { state: 'InService', ready: true, sickAt: Number.POSITIVE_INFINITY });
  }

  get now(): Date {
    return new Date(Date.UTC(2026, 2, 1) + this.minutes * 60_000);
  }

  /** Begins, or goes on. */
  async begin(more: { readonly resume?: boolean; readonly rollBack?: boolean } = {}): Promise<boolean> {
    const launches = (version: string) => ({ launchTemplateId: TEMPLATE, version, imageId: `ami-${version}` });
    const { begun } = await beginUpdate(
      {
        cluster: 'demo',
        groupName: 'workers',
        execution: `execution-${this.minutes}`,
        resume: false,
        rollBack: false,
        now: false,
        reason: 'test',
        by: 'ann',
        plan: {
          way: 'image',
          target: launches('2'),
          previous: launches('1'),
          followed: '',
          launchedBefore: '',
          managed: null,
        },
        ...more,
      },
      {
        records: this.#records,
        groups: {
          describe: async () => this.group,
          suspend: async (_, processes) => {
            this.suspended = [...new Set([...this.suspended, ...processes])];
          },
        },
        workflows: { isRunning: async () => false },
      },
      this.now,
    );
    return begun;
  }

  /** One turn, and what Auto Scaling and the executions make of it until the next. */
  turn(): Decision {
    if (!this.record) throw new Error('it has not begun');
    const decision = decideUpdate(this.record, this.sight(), this.rules, this.now);
    this.record = decision.record;
    this.last = decision;
    for (const action of decision.actions) this.#act(action);
    this.pass(Math.max(10, decision.lookAgainSeconds) / 60);
    return decision;
  }

  /** An execution that has ended, in whatever way. */
  async settle(): Promise<void> {
    await settleUpdate(
      { cluster: 'demo', groupName: 'workers', execution: this.record?.execution ?? '', why: 'dead' },
      {
        records: this.#records,
        groups: {
          describe: async () => this.group,
          pin: async (_, __, version) => {
            this.version = version;
          },
          resume: async (_, processes) => {
            this.suspended = this.suspended.filter((one) => !processes.includes(one));
          },
        },
        nodes: {
          list: async () => this.sight({ away: false }).nodes,
          mark: async (name) => {
            this.outdated.delete(name);
          },
        },
        workflows: { isRunning: async () => false },
      },
      this.now,
    );
  }

  readonly #records = {
    read: async () => this.record && { record: this.record, etag: '1' },
    write: async (record: UpdateRecord) => {
      this.record = record;
      return { etag: '1' };
    },
    keep: async () => {},
    ofCluster: async () => [],
  };

  get group(): DescribedGroup {
    return {
      name: 'workers',
      role: this.#options.role ?? 'worker',
      min: 0,
      max: this.max,
      desired: this.desired,
      launchTemplateId: TEMPLATE,
      version: this.version,
      suspended: this.suspended,
      members: this.members.map(
        (member): UpdatingMember => ({
          instanceId: member.instanceId,
          lifecycleState: member.state,
          healthy: true,
          zone: member.zone,
          launchTemplateId: TEMPLATE,
          version: member.version,
          launchedAt: '',
        }),
      ),
      tags: {},
      hasOwnTemplates: false,
      instanceRefreshes: 0,
    };
  }

  sight({ away = this.away }: { readonly away?: boolean } = {}): UpdateSight {
    const there = this.members.filter(({ state, ready }) => state !== 'Pending' || ready);
    return {
      group: this.group,
      nodes: away
        ? 'unknown'
        : there.map(({ instanceId, ready }) => ({
            name: instanceId,
            instanceId,
            ready: ready && this.minutes < (this.members.find((one) => one.instanceId === instanceId)?.sickAt ?? 0),
            outdated: this.outdated.has(instanceId),
            held: false,
            heldByUs: false,
            owner: '',
          })),
      fates: Object.fromEntries([...this.#moves].map(([name, { fate }]) => [name, fate])),
      health: 'off',
      failedJoins: this.#failedJoins,
      andon: this.andon ? { reason: 'test', since: '', by: 'ann' } : null,
      paused: '',
      window: { open: this.open, until: '', next: '', why: 'closed' },
      gates: { closed: [], unknown: [] },
      pods: { unready: [], restarted: [], revisions: [] },
      etcdLeader: '',
      autoscaler: false,
      wanting: [],
    };
  }

  /** Lets time pass, in steps of 10 s. */
  pass(minutes: number): void {
    for (const until = this.minutes + minutes; this.minutes < until; this.minutes += 1 / 6) {
      this.#endMoves();
      this.#progress();
      this.#reconcile();
      this.#watch();
    }
  }

  /** A spot instance is taken away. */
  interrupt(index: number): void {
    const member = this.members[index % Math.max(1, this.members.length)];
    if (member && member.state === 'InService') this.#terminate(member);
  }

  /** Somebody asks for more, or for fewer. */
  scale(by: number): void {
    const to = Math.max(1, Math.min(this.max, this.desired + by));
    this.wanted += to - this.desired;
    this.desired = to;
  }

  #act(action: Action): void {
    switch (action.kind) {
      case 'pin':
        this.version = action.version;
        return;
      case 'raise':
        if (action.to > this.max) this.violations.push(`desired capacity ${action.to} is more than the maximum`);
        this.desired = Math.max(this.desired, action.to);
        return;
      case 'lower':
        this.desired = Math.max(this.desired - action.by, this.members.length);
        return;
      case 'drop': {
        const member = this.members.find(({ instanceId }) => instanceId === action.instanceId);
        if (member?.state !== 'Pending') return;
        this.members = this.members.filter((one) => one !== member);
        this.desired -= 1;
        return;
      }
      case 'mark':
        if (action.outdated) this.outdated.add(action.nodeName);
        else this.outdated.delete(action.nodeName);
        return;
      case 'mark-bad':
        this.bad.push(action.imageId);
        return;
      case 'move':
        this.#move(action);
    }
  }

  #move({ execution, instanceId, shrink, atLeast }: Extract<Action, { kind: 'move' }>): void {
    if (this.#moves.has(execution)) return;
    const { random, failingMoves = 0 } = this.#options;
    if (this.andon) {
      this.#moves.set(execution, {
        instanceId,
        shrink,
        atLeast,
        endsAt: 0,
        fails: true,
        fate: { state: 'failed', shrunk: false, why: 'the andon is on' },
      });
      return;
    }
    const running: Fate = { state: 'running', shrunk: false, why: '' };
    const fails = random() * 100 < failingMoves;
    this.#moves.set(execution, {
      instanceId,
      shrink,
      atLeast,
      endsAt: this.minutes + 2 + 6 * random(),
      fails,
      fate: running,
    });
  }

  #endMoves(): void {
    for (const [name, move] of this.#moves) {
      if (move.fate.state !== 'running' || this.minutes < move.endsAt) continue;
      const member = this.members.find(({ instanceId }) => instanceId === move.instanceId);
      if (member?.state !== 'InService')
        this.#moves.set(name, { ...move, fate: { state: 'joined', shrunk: false, why: '' } });
      else if (move.fails)
        this.#moves.set(name, { ...move, fate: { state: 'failed', shrunk: false, why: 'a budget' } });
      else {
        this.#terminate(member);
        const shrinks = move.shrink && this.desired > move.atLeast;
        if (shrinks) this.desired -= 1;
        const lost = this.#options.random() * 100 < (this.#options.lostAnswers ?? 0);
        this.#moves.set(name, { ...move, fate: { state: 'moved', shrunk: shrinks && !lost, why: '' } });
      }
    }
  }

  #terminate(member: ModelMember): void {
    member.state = 'Terminating:Wait';
    member.ready = false;
    member.dueAt = this.minutes + 1;
    this.outdated.delete(member.instanceId);
  }

  #progress(): void {
    for (const member of this.members) {
      if (this.minutes < member.dueAt) continue;
      if (member.state === 'Pending') this.#join(member);
      else if (member.state === 'Terminating:Wait') member.dueAt = -1;
    }
    this.members = this.members.filter(({ state, dueAt }) => !(state === 'Terminating:Wait' && dueAt === -1));
  }

  #join(member: ModelMember): void {
    const how =
      member.version === '2' ? (this.#options.second?.(Number(member.instanceId.split('-')[2])) ?? 'joins') : 'joins';
    if (how === 'fails-to-join') {
      this.#failedJoins += 1;
      member.state = 'Terminating:Wait';
      member.dueAt = this.minutes + 1;
      return;
    }
    member.state = 'InService';
    member.ready = how !== 'never-ready';
    member.sickAt = how === 'sick-later' ? this.minutes + 12 : Number.POSITIVE_INFINITY;
    if (member.version === '2' && how === 'joins') this.#failedJoins = 0;
  }

  #launch(version: string, minutes: number): ModelMember {
    this.#launched += 1;
    if (version === '2') this.#second += 1;
    return {
      instanceId: `i-${this.#launched}-${version === '2' ? this.#second : 0}`,
      version,
      state: 'Pending',
      ready: false,
      dueAt: this.minutes + minutes,
      sickAt: Number.POSITIVE_INFINITY,
      zone: 'abc'[this.#launched % 3] ?? 'a',
    };
  }

  /** Auto Scaling: launches what is missing, and takes away what is too much. */
  #reconcile(): void {
    const staying = this.members.filter(({ state }) => state !== 'Terminating:Wait');
    if (this.suspended.includes('Launch')) return;
    for (let missing = this.desired - staying.length; missing > 0; missing -= 1)
      this.members.push(this.#launch(this.version, 1 + 2 * this.#options.random()));
    // One at a time, as it would by a termination policy.
    const victim = staying[Math.floor(this.#options.random() * staying.length)];
    if (staying.length <= this.desired || !victim) return;
    this.#terminate(victim);
    if (this.desired >= this.wanted)
      this.violations.push(`Auto Scaling took ${victim.instanceId}: desired ${this.desired}, wanted ${this.wanted}`);
  }

  /** What must hold at every moment in a world where nobody else does anything. */
  #watch(): void {
    if (this.desired > this.max) this.violations.push(`desired capacity ${this.desired} is more than ${this.max}`);
    const running = [...this.#moves.values()].filter(({ fate }) => fate.state === 'running').length;
    const most =
      this.#options.role === 'control-plane'
        ? 1
        : Math.max(1, Number(this.rules.maxSurge), Number(this.rules.maxUnavailable));
    // One that is emptied is missing until it has left the group.
    const moved = new Set([...this.#moves.values()].map(({ instanceId }) => instanceId));
    const leaving = this.members.filter((one) => one.state === 'Terminating:Wait' && moved.has(one.instanceId)).length;
    if (running + leaving > most) this.violations.push(`${running + leaving} nodes are missing at a time`);
  }
}
