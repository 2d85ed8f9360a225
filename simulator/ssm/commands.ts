import type * as ssm from '@aws-sdk/client-ssm';
import type { EventSink } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { Machine } from '../instances/machine.ts';
import type { World } from '../world/world.ts';
import { type Documents, renderScript } from './documents.ts';
import { runInShell } from './shell.ts';

/** How Run Command reaches instances. */
export interface ManagedMachines {
  /** The machine of an instance that exists, running or not. */
  machine(instanceId: string): Machine | undefined;
  /** Whether its agent answers: the instance runs, is reachable and has a role. */
  online(instanceId: string): boolean;
  /** All instances, for targets by tag. */
  instanceIds(): readonly string[];
}

type Status =
  | 'Pending'
  | 'InProgress'
  | 'Success'
  | 'Failed'
  | 'TimedOut'
  | 'Cancelled'
  | 'DeliveryTimedOut'
  | 'Undeliverable';

/** One command on one instance. */
export interface Invocation {
  readonly instanceId: string;
  status: Status;
  startedAt: number | undefined;
  endedAt: number | undefined;
  stdout: string;
  stderr: string;
  code: number;
}

/** A command as it was sent. */
export interface Command {
  readonly id: string;
  readonly documentName: string;
  readonly documentVersion: string;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, string[]>>;
  readonly requestedAt: number;
  readonly timeoutSeconds: number;
  readonly targets: readonly ssm.Target[];
  readonly script: string;
  readonly runSeconds: number;
  readonly invocations: readonly Invocation[];
  /** Before this moment GetCommandInvocation does not know it yet. */
  readonly visibleAt: number;
}

/** Characters of output that GetCommandInvocation gives; the rest is cut off. */
export const outputLimits = { stdout: 24_000, stderr: 8_000 } as const;

/** Run Command. Scripts run in a real shell, one after the other, so that a run can be repeated. */
export class Commands {
  readonly #world: World;
  readonly #documents: Documents;
  readonly #machines: ManagedMachines;
  readonly #events: EventSink;
  readonly #commands = new Map<string, Command>();
  #queue: Promise<void> = Promise.resolve();

  constructor(world: World, documents: Documents, machines: ManagedMachines, events: EventSink) {
    this.#world = world;
    this.#documents = documents;
    this.#machines = machines;
    this.#events = events;
  }

  list(): readonly Command[] {
    return [...this.#commands.values()];
  }

  now(): number {
    return this.#world.now();
  }

  machines(): ManagedMachines {
    return this.#machines;
  }

  /** @throws AwsError `InvalidDocument`, `InvalidParameters`, `InvalidInstanceId`. */
  send(input: ssm.SendCommandCommandInput): Command {
    const document = this.#documents.get(input.DocumentName);
    const version = this.#documents.version(document, input.DocumentVersion);
    const { script, timeoutSeconds: runSeconds } = renderScript(version.content, input.Parameters ?? {});
    const instanceIds = this.#resolve(input);
    const random = this.#world.random.for('ssm:commands');
    const command: Command = {
      id: random.uuid(),
      documentName: document.name,
      documentVersion: version.version,
      comment: input.Comment ?? '',
      parameters: input.Parameters ?? {},
      requestedAt: this.#world.now(),
      timeoutSeconds: input.TimeoutSeconds ?? 3600,
      targets: input.Targets ?? [],
      script,
      runSeconds,
      invocations: instanceIds.map(newInvocation),
      visibleAt: this.#world.now() + random.between(200, 900),
    };
    this.#commands.set(command.id, command);
    this.#world.history.record('ssm', 'CommandSent', { command: command.id, document: document.name, instanceIds });
    for (const invocation of command.invocations) this.#deliver(command, invocation);
    return command;
  }

  /** @throws AwsError `InvalidCommandId`. */
  get(id: string | undefined): Command {
    const command = this.#commands.get(id ?? '');
    if (!command) throw new AwsError('InvalidCommandId', `Command ${id} does not exist.`);
    return command;
  }

  /** The instances that a request names, or that its targets fit; the caller needs the permission for each of them. */
  meant({ InstanceIds = [], Targets = [] }: ssm.SendCommandCommandInput): readonly string[] {
    if (InstanceIds.length > 0) return InstanceIds;
    if (Targets.length === 0) return [];
    return this.#machines.instanceIds().filter((id) => Targets.every((target) => this.#isMeant(id, target)));
  }

  /** What has not begun is never begun. */
  cancel(command: Command, instanceIds: readonly string[]): void {
    for (const invocation of command.invocations) {
      const meant = instanceIds.length === 0 || instanceIds.includes(invocation.instanceId);
      if (meant && invocation.status === 'Pending') this.#end(command, invocation, 'Cancelled', -1);
    }
  }

  #resolve(input: ssm.SendCommandCommandInput): readonly string[] {
    const { InstanceIds = [], Targets = [] } = input;
    if (InstanceIds.length === 0 && Targets.length === 0) {
      throw new AwsError('ValidationException', 'The request must contain InstanceIds or Targets.');
    }
    for (const id of InstanceIds) {
      if (!this.#machines.online(id))
        throw new AwsError('InvalidInstanceId', `Instances [[${id}]] not in a valid state for account`);
    }
    return this.meant(input);
  }

  #isMeant(instanceId: string, { Key = '', Values = [] }: ssm.Target): boolean {
    if (Key === 'InstanceIds') return Values.includes(instanceId);
    const tags = this.#machines.machine(instanceId)?.tags() ?? {};
    const value = Key.startsWith('tag:') ? tags[Key.slice('tag:'.length)] : undefined;
    return value !== undefined && Values.includes(value);
  }

  #deliver(command: Command, invocation: Invocation): void {
    const latency = this.#world.random.for('ssm:delivery').between(500, 2000);
    const deadline = command.requestedAt + command.timeoutSeconds * 1000;
    const attempt = () => {
      if (invocation.status !== 'Pending') return;
      if (this.#machines.machine(invocation.instanceId) === undefined) {
        this.#end(command, invocation, 'Undeliverable', -1);
      } else if (this.#machines.online(invocation.instanceId)) {
        this.#queue = this.#queue.then(() => this.#run(command, invocation));
      } else if (this.#world.now() >= deadline) {
        this.#end(command, invocation, 'DeliveryTimedOut', -1);
      } else {
        this.#world.after(Math.min(10_000, deadline - this.#world.now()), 'command waits for the agent', attempt);
      }
    };
    this.#world.after(latency, `command ${command.id} to ${invocation.instanceId}`, attempt);
  }

  async #run(command: Command, invocation: Invocation): Promise<void> {
    const machine = this.#machines.machine(invocation.instanceId);
    if (!machine || invocation.status !== 'Pending') return;
    invocation.status = 'InProgress';
    invocation.startedAt = this.#world.now();
    const result = await runInShell(machine, command.script, command.runSeconds);
    invocation.stdout = cut(result.stdout, outputLimits.stdout);
    invocation.stderr = cut(result.stderr, outputLimits.stderr);
    const status = result.code === undefined ? 'TimedOut' : result.code === 0 ? 'Success' : 'Failed';
    // The shell took no virtual time; a real one takes some.
    const took =
      result.code === undefined ? command.runSeconds * 1000 : this.#world.random.for('ssm:run').between(300, 1500);
    this.#world.after(took, `command ${command.id} ends`, () => {
      this.#end(command, invocation, status, result.code ?? 137);
      if (result.reboot) machine.reboot();
    });
  }

  #end(command: Command, invocation: Invocation, status: Status, code: number): void {
    invocation.status = status;
    invocation.code = code;
    invocation.endedAt = this.#world.now();
    const detail = { command: command.id, instanceId: invocation.instanceId, status };
    this.#world.history.record('ssm', 'CommandEnded', detail);
    this.#events.put({
      source: 'aws.ssm',
      detailType: 'EC2 Command Invocation Status-change Notification',
      detail: {
        'command-id': command.id,
        'document-name': command.documentName,
        'instance-id': invocation.instanceId,
        'requested-date-time': new Date(command.requestedAt).toISOString(),
        status,
      },
      resources: [],
    });
  }
}

/** What a command's invocations amount to. */
export function commandStatus({ invocations }: Command): Status {
  const states = invocations.map(({ status }) => status);
  if (states.length === 0) return 'Success';
  if (states.every((status) => status === 'Pending')) return 'Pending';
  if (states.some((status) => status === 'Pending' || status === 'InProgress')) return 'InProgress';
  return states.find((status) => status !== 'Success') ?? 'Success';
}

function newInvocation(instanceId: string): Invocation {
  return { instanceId, status: 'Pending', startedAt: undefined, endedAt: undefined, stdout: '', stderr: '', code: -1 };
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const mark = '\n--output truncated--';
  return text.slice(0, limit - mark.length) + mark;
}
