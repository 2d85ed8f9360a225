import type { AwsCalls, Caller } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import type { HttpRequest, HttpResponse, RequestOrigin } from '../wire/http.ts';
import { ConnectionError } from '../wire/http.ts';
import type { World } from '../world/world.ts';
import type { Machine, OwnShell, PortRange, Program, RunningProgram, UnitVerb } from './machine.ts';
import { OperatingSystem } from './operating-system.ts';

/** The simulated network as an instance uses it. @throws ConnectionError. */
export interface InstanceNetwork {
  request(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse>;
}

/** What never changes about a machine. */
export interface MachineIdentity {
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly account: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly privateIpAddress: string;
  readonly privateDnsName: string;
  /** The role of the instance profile, when it has one. */
  readonly roleName: string | undefined;
}

/** What a machine needs of the world around it. */
export interface MachineSurroundings {
  readonly world: World;
  readonly aws: AwsCalls;
  readonly network: InstanceNetwork;
  /** Decoded user data: it may change while the instance is stopped. */
  userData(): string;
  tags(): Readonly<Record<string, string>>;
  /** Whether packets pass: false when the zone is out or the instance is impaired. */
  connected(): boolean;
  /** A port opened or closed. */
  portsChanged(): void;
  reboot(): void;
}

/**
 * The machine of one EC2 instance: its disk, console, journal and ports. Disk and journal survive a stop and a reboot;
 * open ports do not. The instance's `boot` and `halt` are called by EC2's lifecycle.
 */
export class SimulatedMachine implements Machine {
  readonly world: World;
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly privateIpAddress: string;
  readonly privateDnsName: string;
  readonly files = new Map<string, string>();
  readonly system = new OperatingSystem();
  shell: OwnShell | undefined;
  /** When the console last changed, epoch milliseconds; 0 before the first line. */
  consoleAt = 0;
  readonly #around: MachineSurroundings;
  readonly #caller: Caller | undefined;
  readonly #consoleLines: string[] = [];
  readonly #journals = new Map<string, string[]>();
  readonly #ports = new Set<number>();
  readonly #ranges: PortRange[] = [];
  #bootId = '';
  #program: RunningProgram | undefined;

  constructor(identity: MachineIdentity, around: MachineSurroundings) {
    this.world = around.world;
    this.instanceId = identity.instanceId;
    this.instanceArn = identity.instanceArn;
    this.region = identity.region;
    this.availabilityZone = identity.availabilityZone;
    this.imageId = identity.imageId;
    this.instanceType = identity.instanceType;
    this.subnetId = identity.subnetId;
    this.privateIpAddress = identity.privateIpAddress;
    this.privateDnsName = identity.privateDnsName;
    this.#around = around;
    this.#caller = callerOf(identity);
  }

  get bootId(): string {
    return this.#bootId;
  }

  get userData(): string {
    return this.#around.userData();
  }

  /** Whether the program runs. */
  get up(): boolean {
    return this.#program !== undefined;
  }

  /** Everything written to the serial console since launch. */
  get consoleText(): string {
    return this.#consoleLines.join('\r\n');
  }

  /** All journal lines by unit. */
  get journals(): ReadonlyMap<string, readonly string[]> {
    return this.#journals;
  }

  tags(): Readonly<Record<string, string>> {
    return this.#around.tags();
  }

  console(line: string): void {
    this.#consoleLines.push(line);
    this.consoleAt = this.world.now();
  }

  journal(unit: string, line: string): void {
    const lines = this.#journals.get(unit) ?? [];
    lines.push(`${this.world.date().toISOString()} ${unit}: ${line}`);
    this.#journals.set(unit, lines);
  }

  journalOf(unit: string): readonly string[] {
    return this.#journals.get(unit) ?? [];
  }

  writeFile(path: string, text: string): void {
    this.files.set(path, text);
    this.#program?.wrote?.(path, text);
  }

  async aws(prefix: string, operation: string, input: unknown): Promise<unknown> {
    if (!this.#caller) {
      throw new AwsError('AccessDenied', `Instance ${this.instanceId} has no instance profile.`, { status: 403 });
    }
    this.#requireNetwork(`${prefix}.${this.region}.amazonaws.com`);
    return this.#around.aws.call(prefix, operation, input, this.#caller);
  }

  async http(request: HttpRequest): Promise<HttpResponse> {
    this.#requireNetwork(request.host);
    return this.#around.network.request(request, { kind: 'instance', name: this.instanceId });
  }

  answers(port: number): boolean {
    if (!this.#program || !this.#around.connected()) return false;
    return this.#ports.has(port) || this.#ranges.some((range) => port >= range.from && port <= range.to);
  }

  listen(port: number | PortRange, open: boolean): void {
    if (typeof port === 'number') {
      if (open) this.#ports.add(port);
      else this.#ports.delete(port);
    } else {
      const known = this.#ranges.findIndex((range) => range.from === port.from && range.to === port.to);
      if (open && known < 0) this.#ranges.push(port);
      if (!open && known >= 0) this.#ranges.splice(known, 1);
    }
    this.#around.portsChanged();
  }

  reboot(): void {
    this.#around.reboot();
  }

  systemctl(verb: UnitVerb, unit: string): void {
    this.journal('systemd', `${verb} ${unit}.service`);
    this.#program?.unit?.(verb, unit);
  }

  inactiveUnits(): readonly string[] {
    return this.#program?.inactiveUnits?.() ?? [];
  }

  /** The kernel is up: starts the program with a new boot id. */
  boot(program: Program): void {
    this.#bootId = this.world.random.for('ec2:boot-id').uuid();
    this.system.booted();
    // It lies in memory.
    for (const path of [...this.files.keys()]) if (path.startsWith('/run/')) this.files.delete(path);
    this.console(`[    0.000000] Linux version 6.12.0 (${this.imageId}) boot ${this.#bootId}`);
    this.#program = program.start(this);
    this.#around.portsChanged();
  }

  /** Stops the program and closes every port. */
  halt(): void {
    const program = this.#program;
    this.#program = undefined;
    this.#ports.clear();
    this.#ranges.length = 0;
    program?.stop();
    this.#around.portsChanged();
  }

  #requireNetwork(host: string): void {
    if (!this.#around.connected()) throw new ConnectionError('ETIMEDOUT', `connect ETIMEDOUT ${host}`);
  }
}

// The keys that EC2 puts into a role session (EC2 user guide, "Actions, resources, and condition keys"; S41 relies on the first).
function callerOf(identity: MachineIdentity): Caller | undefined {
  if (identity.roleName === undefined) return undefined;
  return {
    arn: `arn:aws:sts::${identity.account}:assumed-role/${identity.roleName}/${identity.instanceId}`,
    account: identity.account,
    roleName: identity.roleName,
    context: {
      'ec2:SourceInstanceARN': identity.instanceArn,
      'aws:userid': `AROA${identity.roleName
        .toUpperCase()
        .replace(/[^A-Z0-9]/g, '')
        .padEnd(17, 'X')
        .slice(0, 17)}:${identity.instanceId}`,
      'aws:Ec2InstanceSourcePrivateIPv4': identity.privateIpAddress,
      'aws:Ec2InstanceSourceVpc': identity.vpcId,
    },
  };
}
