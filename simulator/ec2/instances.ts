import type { EventSink } from '../cloud/ports.ts';
import type { AwsCalls } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import type { InstanceNetwork } from '../instances/simulated-machine.ts';
import { SimulatedMachine } from '../instances/simulated-machine.ts';
import type { Timer, World } from '../world/world.ts';
import type { Images } from './images.ts';
import { type InstanceRecord, type InstanceState, zoneOf } from './instance-record.ts';
import { type MaintenanceKind, scheduleMaintenance } from './maintenance.ts';
import type { Network, SubnetRecord } from './network.ts';
import { type Ec2Timing, realEc2Timing, type Span, within } from './timing.ts';

/** What is launched: a RunInstances request with its template merged in. */
export interface LaunchRequest {
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  /** Base64. */
  readonly userData?: string | undefined;
  readonly keyName?: string | undefined;
  /** Name or ARN. */
  readonly instanceProfile?: string | undefined;
  readonly securityGroupIds?: readonly string[] | undefined;
  readonly spot?: boolean;
  readonly shutdownBehavior?: 'stop' | 'terminate' | undefined;
  readonly disableApiTermination?: boolean | undefined;
  readonly clientToken?: string | undefined;
  readonly tags?: ReadonlyMap<string, string>;
}

/** What EC2 needs of the rest of the cloud. */
export interface InstancesOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly images: Images;
  readonly network: Network;
  readonly events: EventSink;
  readonly aws: AwsCalls;
  readonly wire: InstanceNetwork;
  readonly timing?: Partial<Ec2Timing>;
  /** The role behind an instance profile; default: a role of the profile's own name. */
  readonly roleOfProfile?: (profile: string) => string | undefined;
}

/** Tells that an instance went from one state to another. */
export type StateListener = (instance: InstanceRecord, before: InstanceState | undefined) => void;

type Reason = { readonly code: string; readonly message: string };
const USER_REASON: Reason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};
const SPOT_REASON: Reason = {
  code: 'Server.SpotInstanceTermination',
  message: 'Server.SpotInstanceTermination: Spot instance termination',
};
const HALT_REASON: Reason = {
  code: 'Client.InstanceInitiatedShutdown',
  message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
};

/**
 * All EC2 instances of one region: their lifecycle, their machines, and what can befall them. The API operations are in
 * `instance-operations.ts`; other services (Auto Scaling, load balancers) use this class directly.
 */
export class Instances {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly network: Network;
  readonly images: Images;
  readonly #options: InstancesOptions;
  readonly #timing: Ec2Timing;
  readonly #all = new Map<string, InstanceRecord>();
  readonly #byAddress = new Map<string, InstanceRecord>();
  readonly #timers = new Map<string, Timer>();
  readonly #darkZones = new Set<string>();
  readonly #soldOut = new Set<string>();
  readonly #stateListeners: StateListener[] = [];
  readonly #reachabilityListeners: ((instance: InstanceRecord) => void)[] = [];
  readonly #rebalanceListeners: ((instance: InstanceRecord) => void)[] = [];

  constructor(options: InstancesOptions) {
    this.world = options.world;
    this.region = options.region;
    this.account = options.account;
    this.network = options.network;
    this.images = options.images;
    this.#options = options;
    this.#timing = { ...realEc2Timing, ...options.timing };
  }

  /** Every instance that EC2 still remembers, also those that Describe calls do not show yet. */
  get all(): ReadonlyMap<string, InstanceRecord> {
    return this.#all;
  }

  onStateChange(listener: StateListener): void {
    this.#stateListeners.push(listener);
  }

  /** Calls the listener when a port opens or closes, a machine boots or halts, or packets stop or start passing. */
  onReachabilityChange(listener: (instance: InstanceRecord) => void): void {
    this.#reachabilityListeners.push(listener);
  }

  /** Calls the listener when a spot instance is said to be at an elevated risk of interruption. */
  onRebalanceRecommendation(listener: (instance: InstanceRecord) => void): void {
    this.#rebalanceListeners.push(listener);
  }

  /** Whether Describe calls show the instance by now. */
  isVisible(instance: InstanceRecord): boolean {
    return this.world.now() >= instance.visibleAt;
  }

  /** The instance as the API sees it. @throws AwsError `InvalidInstanceID.Malformed`, `InvalidInstanceID.NotFound`. */
  visible(instanceId: string): InstanceRecord {
    return this.visibleAll([instanceId])[0] as InstanceRecord;
  }

  /** As {@link Instances.visible} for many: one that is missing fails the whole call, as in EC2. */
  visibleAll(instanceIds: readonly string[]): InstanceRecord[] {
    const malformed = instanceIds.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
    if (malformed !== undefined) {
      throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
    }
    const found = instanceIds.map((id) => this.#all.get(id)).filter((i) => i !== undefined && this.isVisible(i));
    if (found.length === instanceIds.length) return found as InstanceRecord[];
    const missing = instanceIds.filter((id) => !found.some((i) => i?.instanceId === id));
    const one = missing.length === 1;
    throw new AwsError(
      'InvalidInstanceID.NotFound',
      `The instance ID${one ? '' : 's'} '${missing.join(', ')}' do${one ? 'es' : ''} not exist`,
    );
  }

  /** The instance that has this private address, primary or secondary. */
  byAddress(address: string): InstanceRecord | undefined {
    return this.#byAddress.get(address);
  }

  /** Whether a connection to the instance's port is answered now. */
  answers(instanceId: string, port: number): boolean {
    return this.#all.get(instanceId)?.machine.answers(port) ?? false;
  }

  /**
   * Launches one instance, as RunInstances does.
   * @throws AwsError `InvalidAMIID.NotFound`, `InvalidSubnetID.NotFound`, `InsufficientInstanceCapacity`, `InsufficientFreeAddressesInSubnet`.
   */
  run(request: LaunchRequest, reservationId = `r-0${this.#hex('reservation', 16)}`): InstanceRecord {
    const image = this.images.resolve(request.imageId);
    const subnet = this.network.subnet(request.subnetId);
    this.#requireCapacity(subnet, request.instanceType);
    const instance = this.#create(request, image.imageId, subnet, reservationId);
    this.#all.set(instance.instanceId, instance);
    this.#byAddress.set(instance.privateIpAddress, instance);
    this.#enter(instance, 'pending');
    this.#startUp(instance);
    return instance;
  }

  /** Terminates; an instance that is terminated or on its way there stays as it is. */
  terminate(instance: InstanceRecord, reason: Reason = USER_REASON): void {
    if (instance.state === 'terminated' || instance.state === 'shutting-down') return;
    instance.machine.halt();
    instance.stateReason = reason;
    instance.stateTransitionReason = this.#transitionReason(reason);
    this.#enter(instance, 'shutting-down');
    this.#later(instance, this.#timing.terminate, 'terminate', () => this.#gone(instance));
  }

  /** @throws AwsError `IncorrectInstanceState`. */
  stop(instance: InstanceRecord, reason: Reason = USER_REASON): void {
    if (instance.state === 'stopped' || instance.state === 'stopping') return;
    this.#requireState(instance, ['pending', 'running'], 'stopped');
    instance.machine.halt();
    instance.stateReason = reason;
    instance.stateTransitionReason = this.#transitionReason(reason);
    this.#enter(instance, 'stopping');
    this.#later(instance, this.#timing.stop, 'stop', () => this.#enter(instance, 'stopped'));
  }

  /** @throws AwsError `IncorrectInstanceState`. */
  start(instance: InstanceRecord): void {
    if (instance.state === 'running' || instance.state === 'pending') return;
    this.#requireState(instance, ['stopped'], 'started');
    instance.stateReason = undefined;
    instance.stateTransitionReason = '';
    instance.impaired = undefined;
    instance.launchTime = this.world.now();
    this.#enter(instance, 'pending');
    this.#startUp(instance);
  }

  /** @throws AwsError `IncorrectInstanceState`. */
  reboot(instance: InstanceRecord): void {
    this.#requireState(instance, ['running'], 'rebooted');
    this.world.history.record('ec2', 'InstanceRebooting', { instanceId: instance.instanceId });
    instance.machine.halt();
    if (instance.impaired === 'instance') {
      instance.impaired = undefined;
      instance.statusOkAt = this.world.now() + this.#draw('status', this.#timing.statusOk);
    }
    this.#later(instance, this.#timing.reboot, 'reboot', () => this.#boot(instance));
  }

  /** `shutdown -h` on the instance: stops or terminates it, as its shutdown behavior says. */
  halt(instance: InstanceRecord): void {
    if (instance.shutdownBehavior === 'terminate') this.terminate(instance, HALT_REASON);
    else this.stop(instance, HALT_REASON);
  }

  /**
   * Plants a failing status check; packets no longer pass. A reboot heals an `instance` check, a stop and start both.
   * Returns how to lift it.
   */
  impair(instanceId: string, check: 'system' | 'instance' = 'instance'): () => void {
    const instance = this.visible(instanceId);
    this.#setImpaired(instance, check);
    return () => this.#setImpaired(instance, undefined);
  }

  /**
   * The machine hangs: no kubelet, no agent, no packets, at once; minutes later its status check says so. `software`: a reboot heals it. `hardware`: nothing but
   * another machine does. Returns how to lift it.
   */
  hang(instanceId: string, cause: 'software' | 'hardware' = 'software'): () => void {
    const instance = this.visible(instanceId);
    const delay = this.#draw('notice-impaired', this.#timing.noticeImpaired);
    this.#setImpaired(instance, cause === 'software' ? 'instance' : 'system', delay);
    this.world.after(delay, `status check of ${instanceId}`, () => this.#tellReachability(instance));
    return () => this.#setImpaired(instance, undefined);
  }

  /** Whether a status check says by now that the instance is impaired. */
  failsCheck(instance: InstanceRecord): boolean {
    const noticed = instance.impaired !== undefined && this.world.now() >= instance.impairedSeenAt;
    return noticed || this.#darkZones.has(zoneOf(instance));
  }

  /** Whether packets pass no more, for a planted fault or a zone that is out. */
  isImpaired(instance: InstanceRecord): boolean {
    return instance.impaired !== undefined || this.#darkZones.has(zoneOf(instance));
  }

  /** The ARN of the role behind an instance profile. */
  roleArnOf(profile: string): string {
    return `arn:aws:iam::${this.account}:role/${this.#profile(profile)?.roleName ?? ''}`;
  }

  /** Whether a zone is out. */
  zoneIsDark(zone: string): boolean {
    return this.#darkZones.has(zone);
  }

  /** A zone goes dark: nothing in it answers or reaches anything, checks fail, launches are refused. Returns how to end it. */
  failZone(zone: string): () => void {
    this.#darkZones.add(zone);
    this.world.history.record('ec2', 'ZoneFailed', { zone });
    this.#tellZone(zone);
    return () => {
      this.#darkZones.delete(zone);
      this.world.history.record('ec2', 'ZoneRecovered', { zone });
      this.#tellZone(zone);
    };
  }

  /** Launches in the zone fail with InsufficientInstanceCapacity. Returns how to end it. */
  sellOut(zone: string): () => void {
    this.#soldOut.add(zone);
    return () => this.#soldOut.delete(zone);
  }

  /** Warns of a spot interruption and takes the instance two minutes later (S8; EC2 user guide, "Spot Instance interruption notices"). */
  interruptSpot(instanceId: string): void {
    const instance = this.visible(instanceId);
    this.#spotEvent(instance, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' });
    this.world.after(120_000, `spot interruption of ${instanceId}`, () => this.terminate(instance, SPOT_REASON));
  }

  /** Tells that a spot instance is at an elevated risk of interruption (S8). */
  recommendRebalance(instanceId: string): void {
    const instance = this.visible(instanceId);
    this.#spotEvent(instance, 'EC2 Instance Rebalance Recommendation', {});
    for (const listener of this.#rebalanceListeners) listener(instance);
  }

  /** Schedules maintenance for one instance or several: AWS Health tells of it now, and it comes at its start. Gives the ARN of Health's event. */
  scheduleMaintenance(
    affected: string | readonly string[],
    what: { readonly startsInMs: number; readonly kind: MaintenanceKind },
  ): string {
    const { world, region, account } = this;
    const ground = {
      world,
      region,
      account,
      events: this.#options.events,
      stop: this.stop.bind(this),
      reboot: this.reboot.bind(this),
    };
    return scheduleMaintenance(ground, this.visibleAll([affected].flat()), what);
  }

  /** Gives the primary interface secondary addresses or prefixes, as a CNI does. */
  addInterfaceAddresses(
    instanceId: string,
    extras: { addresses?: readonly string[]; prefixes?: readonly string[] },
  ): void {
    const instance = this.visible(instanceId);
    for (const address of extras.addresses ?? []) {
      instance.extras.secondaryAddresses.push(address);
      this.#byAddress.set(address, instance);
    }
    instance.extras.prefixes.push(...(extras.prefixes ?? []));
  }

  #create(request: LaunchRequest, imageId: string, subnet: SubnetRecord, reservationId: string): InstanceRecord {
    const now = this.world.now();
    const instanceId = `i-0${this.#hex('instance', 16)}`;
    const instanceArn = `arn:aws:ec2:${this.region}:${this.account}:instance/${instanceId}`;
    const privateIpAddress = this.network.takeAddress(subnet);
    const privateDnsName = this.#dnsName(privateIpAddress);
    const profile = this.#profile(request.instanceProfile);
    const tags = new Map(request.tags ?? []);
    const machine = new SimulatedMachine(
      {
        instanceId,
        instanceArn,
        account: this.account,
        region: this.region,
        availabilityZone: subnet.availabilityZone,
        imageId,
        instanceType: request.instanceType,
        subnetId: subnet.subnetId,
        vpcId: subnet.vpcId,
        privateIpAddress,
        privateDnsName,
        roleName: profile?.roleName,
      },
      {
        world: this.world,
        aws: this.#options.aws,
        network: this.#options.wire,
        userData: () => Buffer.from(instance.userData, 'base64').toString(),
        tags: () => Object.fromEntries(tags),
        connected: () => !this.isImpaired(instance),
        portsChanged: () => this.#tellReachability(instance),
        reboot: () => this.reboot(instance),
      },
    );
    const instance: InstanceRecord = {
      instanceId,
      instanceArn,
      imageId,
      instanceType: request.instanceType,
      subnet,
      privateIpAddress,
      privateDnsName,
      keyName: request.keyName,
      profile,
      securityGroupIds: request.securityGroupIds ?? [],
      networkInterfaceId: `eni-0${this.#hex('interface', 16)}`,
      macAddress: `0a:${this.#hex('mac', 10).replace(/(..)(?=.)/g, '$1:')}`,
      volumeId: `vol-0${this.#hex('volume', 16)}`,
      reservationId,
      spot: request.spot ?? false,
      shutdownBehavior: request.shutdownBehavior ?? 'stop',
      clientToken: request.clientToken,
      extras: { secondaryAddresses: [], prefixes: [] },
      tags,
      machine,
      scheduledEvents: [],
      visibleAt: now + this.#draw('visible', this.#timing.visible),
      userData: request.userData ?? '',
      launchTime: now,
      statusOkAt: Number.POSITIVE_INFINITY,
      state: 'pending',
      stateReason: undefined,
      stateTransitionReason: '',
      impaired: undefined,
      impairedSeenAt: 0,
      sourceDestCheck: true,
      disableApiTermination: request.disableApiTermination ?? false,
    };
    return instance;
  }

  #startUp(instance: InstanceRecord): void {
    this.#later(instance, this.#timing.running, 'running', () => {
      instance.statusOkAt = this.world.now() + this.#draw('status', this.#timing.statusOk);
      this.#later(instance, this.#timing.kernel, 'boot', () => this.#boot(instance));
      this.#enter(instance, 'running');
    });
  }

  #boot(instance: InstanceRecord): void {
    const image = this.images.resolve(instance.imageId);
    this.world.history.record('ec2', 'InstanceBooted', { instanceId: instance.instanceId });
    instance.machine.boot(image.program);
  }

  #gone(instance: InstanceRecord): void {
    this.network.releaseAddress(instance.subnet, instance.privateIpAddress);
    for (const address of [instance.privateIpAddress, ...instance.extras.secondaryAddresses]) {
      if (this.#byAddress.get(address) === instance) this.#byAddress.delete(address);
    }
    this.#enter(instance, 'terminated');
    this.world.afterInBackground(this.#draw('forget', this.#timing.forget), `forget ${instance.instanceId}`, () =>
      this.#all.delete(instance.instanceId),
    );
  }

  #enter(instance: InstanceRecord, state: InstanceState): void {
    const before = instance.state === state ? undefined : instance.state;
    instance.state = state;
    const { instanceId } = instance;
    this.world.history.record('ec2', 'InstanceStateChanged', { instanceId, state, zone: zoneOf(instance) });
    this.#options.events.put({
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      detail: { 'instance-id': instanceId, state },
      resources: [instance.instanceArn],
    });
    for (const listener of this.#stateListeners) listener(instance, before);
    this.#tellReachability(instance);
  }

  // One timer an instance: the next step of its lifecycle replaces the one that was planned.
  #later(instance: InstanceRecord, span: Span, what: string, run: () => void): void {
    const { instanceId } = instance;
    this.#timers.get(instanceId)?.cancel();
    const timer = this.world.after(this.#draw(what, span), `${what} ${instanceId}`, () => {
      this.#timers.delete(instanceId);
      run();
    });
    this.#timers.set(instanceId, timer);
  }

  #setImpaired(instance: InstanceRecord, check: 'system' | 'instance' | undefined, noticedInMs = 0): void {
    instance.impaired = check;
    instance.impairedSeenAt = this.world.now() + noticedInMs;
    this.world.history.record('ec2', check ? 'InstanceImpaired' : 'InstanceRecovered', {
      instanceId: instance.instanceId,
      ...(check ? { check } : {}),
    });
    this.#tellReachability(instance);
  }

  #tellZone(zone: string): void {
    for (const instance of this.#all.values()) if (zoneOf(instance) === zone) this.#tellReachability(instance);
  }

  #tellReachability(instance: InstanceRecord): void {
    for (const listener of this.#reachabilityListeners) listener(instance);
  }

  // `resources` of both spot events name the zone and no account (EC2 user guide).
  #spotEvent(instance: InstanceRecord, detailType: string, detail: Record<string, string>): void {
    const { instanceId } = instance;
    this.world.history.record('ec2', detailType.replaceAll(' ', ''), { instanceId });
    this.#options.events.put({
      source: 'aws.ec2',
      detailType,
      detail: { 'instance-id': instanceId, ...detail },
      resources: [`arn:aws:ec2:${zoneOf(instance)}:instance/${instanceId}`],
    });
  }

  #requireCapacity(subnet: SubnetRecord, instanceType: string): void {
    const zone = subnet.availabilityZone;
    if (!this.#soldOut.has(zone) && !this.#darkZones.has(zone)) return;
    throw new AwsError(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`,
      { status: 500 },
    );
  }

  #requireState(instance: InstanceRecord, states: readonly InstanceState[], verb: string): void {
    if (states.includes(instance.state)) return;
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${instance.instanceId}' is not in a state from which it can be ${verb}.`,
    );
  }

  #profile(profile: string | undefined): InstanceRecord['profile'] {
    if (profile === undefined) return undefined;
    const name = profile.split('/').at(-1) ?? profile;
    const roleName = this.#options.roleOfProfile ? this.#options.roleOfProfile(profile) : name;
    if (roleName === undefined) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value (${name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
      );
    }
    const arn = profile.startsWith('arn:') ? profile : `arn:aws:iam::${this.account}:instance-profile/${name}`;
    return { arn, roleName };
  }

  #dnsName(address: string): string {
    const domain = this.region === 'us-east-1' ? 'ec2.internal' : `${this.region}.compute.internal`;
    return `ip-${address.replaceAll('.', '-')}.${domain}`;
  }

  #transitionReason(reason: Reason): string {
    if (reason !== USER_REASON) return reason.message;
    return `User initiated (${this.world.date().toISOString().slice(0, 19).replace('T', ' ')} GMT)`;
  }

  #draw(what: string, span: Span): number {
    return within(this.world.random.for(`ec2:${what}`), span);
  }

  #hex(what: string, digits: number): string {
    return this.world.random.for(`ec2:${what}-id`).hex(digits);
  }
}
