import type { Target } from '@aws-sdk/client-eventbridge';
import type { BusEvent, EventSink } from '../cloud/ports.ts';
import type { Caller, Service } from '../cloud/service.ts';
import type { PolicyDocument } from '../iam/policy.ts';
import { requireWelcome } from './bus-policy.ts';
import { type DeliveryPorts, deliver } from './delivery.ts';
import { eventsService } from './events-service.ts';
import type { Rule } from './rule.ts';
import { targetInput } from './target-input.ts';

/** An event as rules and targets see it. */
export interface EventEnvelope extends Readonly<Record<string, unknown>> {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Mishap {
  readonly when: (event: EventEnvelope) => boolean;
  readonly kind: 'lose' | 'double' | 'delay';
  readonly milliseconds: number;
}

/** The account's default bus: rules, targets, schedules of rules, and what can go wrong on the way. */
export class EventBus implements EventSink {
  readonly service: Service;
  readonly rules = new Map<string, Rule>();
  readonly ports: DeliveryPorts;
  readonly arn: string;
  /** Which other accounts may put events here. */
  policy: PolicyDocument | undefined;
  readonly #mishaps: Mishap[] = [];

  constructor(ports: DeliveryPorts) {
    this.ports = ports;
    this.arn = `arn:aws:events:${ports.region}:${ports.account}:event-bus/default`;
    this.service = eventsService(this);
  }

  /** Takes an event; each target of each matching rule gets it 0.1 to 1 s later. Gives the event's id. */
  put(event: BusEvent): string {
    const { world, account, region } = this.ports;
    const envelope: EventEnvelope = {
      version: '0',
      id: world.random.for('events:id').uuid(),
      'detail-type': event.detailType,
      source: event.source,
      account,
      time: (event.time ?? world.date()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: event.resources,
      detail: event.detail,
    };
    world.history.record('events', 'EventReceived', {
      id: envelope.id,
      source: event.source,
      detailType: event.detailType,
    });
    this.#meetMishap(envelope);
    return envelope.id;
  }

  /**
   * Takes an event that a rule of another bus forwards: it stays as it is, account and region included.
   * @throws AwsError AccessDeniedException when the bus's policy does not let the sender's account in.
   */
  receive(event: EventEnvelope, sender: Caller): void {
    const { world, account } = this.ports;
    if (sender.account !== account) requireWelcome(this.policy, this.arn, sender, event);
    const { id, source } = event;
    world.history.record('events', 'EventForwarded', {
      id,
      source,
      detailType: event['detail-type'],
      from: event.account,
      to: this.arn,
    });
    this.#meetMishap(event);
  }

  /** The next fitting event reaches nobody. */
  loseNext(when: Mishap['when']): void {
    this.#mishaps.push({ when, kind: 'lose', milliseconds: 0 });
  }

  /** The next fitting event reaches its targets twice, the second time after so many milliseconds. */
  doubleNext(when: Mishap['when'], afterMilliseconds = 1000): void {
    this.#mishaps.push({ when, kind: 'double', milliseconds: afterMilliseconds });
  }

  /** The next fitting event comes late, so that later events overtake it. */
  delayNext(when: Mishap['when'], milliseconds: number): void {
    this.#mishaps.push({ when, kind: 'delay', milliseconds });
  }

  /** Sets the timer of a scheduled rule anew, after any change. */
  reschedule(rule: Rule): void {
    rule.timer?.cancel();
    rule.timer = undefined;
    const { world } = this.ports;
    const next = rule.enabled ? rule.timetable?.next(world.now(), rule.createdAt) : undefined;
    if (next === undefined) return;
    rule.timer = world.afterInBackground(next - world.now(), `rule ${rule.name}`, () => {
      this.#tick(rule);
      this.reschedule(rule);
    });
  }

  // A scheduled rule makes an event of its own, which no other rule sees.
  #tick(rule: Rule): void {
    const { world, account, region } = this.ports;
    this.#deliver(rule, {
      version: '0',
      id: world.random.for('events:id').uuid(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account,
      time: world
        .date()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      region,
      resources: [rule.arn],
      detail: {},
    });
  }

  #meetMishap(event: EventEnvelope): void {
    const index = this.#mishaps.findIndex(({ when }) => when(event));
    const [mishap] = index < 0 ? [] : this.#mishaps.splice(index, 1);
    const { world } = this.ports;
    if (mishap) world.history.record('events', 'Mishap', { id: event.id, kind: mishap.kind });
    if (mishap?.kind !== 'lose' && mishap?.kind !== 'delay') this.#route(event);
    if (mishap?.kind === 'double' || mishap?.kind === 'delay') {
      world.after(mishap.milliseconds, `event ${event.id} again or late`, () => this.#route(event));
    }
  }

  #route(event: EventEnvelope): void {
    for (const rule of this.rules.values()) {
      if (rule.enabled && rule.pattern?.matches(event)) this.#deliver(rule, event);
    }
  }

  #deliver(rule: Rule, event: EventEnvelope): void {
    const { world } = this.ports;
    for (const target of rule.targets.values()) {
      if (isBus(target.Arn) && !this.#isOwn(event)) continue;
      const latency = world.random.for('events:latency').between(100, 1000);
      world.after(latency, `${rule.name} to ${target.Id}`, () => this.#send(rule, target, event));
    }
  }

  // An event is forwarded once: a bus that received it from another one does not send it to a third.
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
  #isOwn({ account, region }: EventEnvelope): boolean {
    return account === this.ports.account && region === this.ports.region;
  }

  #send(rule: Rule, target: Target, event: EventEnvelope): void {
    deliver(this.ports, {
      principal: 'events.amazonaws.com',
      sourceArn: rule.arn,
      targetArn: target.Arn ?? '',
      roleArn: target.RoleArn,
      payload: targetInput(event, target, rule),
      executionName: `${event.id}_${this.ports.world.random.for('events:execution').uuid()}`,
      maximumAttempts: target.RetryPolicy?.MaximumRetryAttempts,
      maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds,
      deadLetterArn: target.DeadLetterConfig?.Arn,
    });
  }
}

function isBus(arn: string | undefined): boolean {
  return arn?.split(':')[5]?.startsWith('event-bus/') === true;
}
