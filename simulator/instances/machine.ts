import type { HttpRequest, HttpResponse } from '../wire/http.ts';
import type { World } from '../world/world.ts';
import type { OperatingSystem } from './operating-system.ts';

/** One running EC2 instance as the software on it sees it. EC2 makes it; a {@link Program} lives on it. */
export interface Machine {
  readonly world: World;
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly privateIpAddress: string;
  /** `ip-10-0-1-23.ec2.internal` (us-east-1) or `ip-10-0-1-23.<region>.compute.internal`. */
  readonly privateDnsName: string;
  /** Decoded; empty when there is none. */
  readonly userData: string;
  /** Changes with each boot, as /proc/sys/kernel/random/boot_id does. */
  readonly bootId: string;
  tags(): Readonly<Record<string, string>>;
  /** Writes a line to the serial console (GetConsoleOutput). */
  console(line: string): void;
  /** Writes a line to the journal of a systemd unit (`kubelet`, `containerd`, `cloud-init`). */
  journal(unit: string, line: string): void;
  /** The journal of a unit, oldest first. */
  journalOf(unit: string): readonly string[];
  /** Puts a file on the instance's disk, as Run Command's shell will see it below its root. */
  writeFile(path: string, text: string): void;
  readonly files: ReadonlyMap<string, string>;
  /** Calls AWS as the instance's profile role, with `ec2:SourceInstanceARN`. @throws AwsError (also without a profile: `AccessDenied`). */
  aws(prefix: string, operation: string, input: unknown): Promise<unknown>;
  /** Sends an HTTP request into the simulated network. @throws ConnectionError. */
  http(request: HttpRequest): Promise<HttpResponse>;
  /** Whether a connection to this port is answered; what load balancers check. Changed by {@link Machine.listen}. */
  answers(port: number): boolean;
  /** Opens (true) or closes a port; the range form serves NodePorts. */
  listen(port: number | PortRange, open: boolean): void;
  /** What it boots, and what it would boot next. */
  readonly system?: OperatingSystem | undefined;
  /** Where Run Command's scripts run instead of on a copy of {@link Machine.files}: a tree that stays, with programs that really run. */
  readonly shell?: OwnShell | undefined;
  /** Reboots by itself, or halts (shutdown -h). */
  reboot(): void;
  /** Somebody starts, stops or restarts a systemd unit: its program hears of it. */
  systemctl(verb: UnitVerb, unit: string): void;
  /** Units that the program has and that do not run now. */
  inactiveUnits(): readonly string[];
}

/** What can be done to a systemd unit. */
export type UnitVerb = 'start' | 'stop' | 'restart';

/** A real shell of a machine's own. */
export interface OwnShell {
  run(script: string): Promise<{
    readonly stdout: string;
    readonly stderr: string;
    /** The exit code; undefined when it was killed. */
    readonly code: number | undefined;
    /** It asked for a reboot or a halt. */
    readonly reboot: boolean;
  }>;
}

/** Ports from one to another, both included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** The software of a machine image. Started at each boot once the kernel is up; stopped before stop, reboot and termination. */
export interface Program {
  start(machine: Machine): RunningProgram;
}

export interface RunningProgram {
  stop(): void;
  /** A file was put on the disk by somebody else: a script of Run Command. */
  wrote?(path: string, text: string): void;
  /** Somebody starts, stops or restarts one of its units. */
  unit?(verb: UnitVerb, unit: string): void;
  /** Its units that do not run now. Default: none. */
  inactiveUnits?(): readonly string[];
}
