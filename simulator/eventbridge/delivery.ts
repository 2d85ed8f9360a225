import type { ExecutionStarter, FunctionInvoker } from '../cloud/ports.ts';
import { type Access, type AwsCalls, AwsError, type Caller } from '../cloud/service.ts';
import type { TopicSink } from '../sns/topic-sink.ts';
import type { QueueSink } from '../sqs/queues.ts';
import type { World } from '../world/world.ts';
import type { EventEnvelope } from './event-bus.ts';

/** What rules and schedules need of the cloud around them. `Authorizer` of iam/ is one such authorizer. */
export interface DeliveryPorts {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly functions: FunctionInvoker;
  readonly executions: ExecutionStarter;
  readonly queues: QueueSink;
  readonly topics: TopicSink;
  /** For universal targets of schedules. */
  readonly calls: AwsCalls;
  /** Buses of other accounts and regions, by ARN. Where it is missing there are none. */
  readonly busOf?: (arn: string) => { receive(event: EventEnvelope, sender: Caller): void } | undefined;
  readonly authorizer: { refusal(caller: Caller, access: Access): string | undefined };
}

/** One payload on its way to one target. */
export interface Delivery {
  /** `events.amazonaws.com` or `scheduler.amazonaws.com`. */
  readonly principal: string;
  /** ARN of the rule or schedule. */
  readonly sourceArn: string;
  readonly targetArn: string;
  readonly roleArn?: string | undefined;
  readonly payload: unknown;
  readonly executionName?: string | undefined;
  readonly maximumAttempts?: number | undefined;
  readonly maximumAgeSeconds?: number | undefined;
  readonly deadLetterArn?: string | undefined;
}

/** Errors that no retry cures: EventBridge sends these straight to the dead-letter queue. */
const HOPELESS: Readonly<Record<string, string>> = {
  AccessDenied: 'NO_PERMISSIONS',
  AccessDeniedException: 'NO_PERMISSIONS',
  ResourceNotFoundException: 'NO_RESOURCE',
  StateMachineDoesNotExist: 'NO_RESOURCE',
  QueueDoesNotExist: 'NO_RESOURCE',
  NotFound: 'NO_RESOURCE',
  NotImplemented: 'INVALID_PARAMETER',
  InvalidParameterValue: 'INVALID_PARAMETER',
};

/**
 * Delivers with retries; what cannot be delivered goes to the dead-letter queue with the reason in its message attributes.
 * Defaults: 185 attempts within 24 hours, exponential back-off with jitter.
 * Rules: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html, eb-rule-dlq.html
 */
export function deliver(ports: DeliveryPorts, delivery: Delivery): void {
  void attempt(ports, delivery, 0, ports.world.now());
}

async function attempt(ports: DeliveryPorts, delivery: Delivery, retries: number, since: number): Promise<void> {
  const { world } = ports;
  try {
    await send(ports, delivery);
    world.history.record(serviceOf(delivery), 'TargetInvoked', {
      from: delivery.sourceArn,
      target: delivery.targetArn,
      retries,
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const code = HOPELESS[error.code];
    const waitMs = Math.min(600_000, 1000 * 2 ** retries) * world.random.for('events:retry').between(0.5, 1);
    const tooMany = retries >= (delivery.maximumAttempts ?? 185);
    const tooOld = world.now() + waitMs - since > (delivery.maximumAgeSeconds ?? 86_400) * 1000;
    if (code === undefined && !tooMany && !tooOld) {
      world.after(waitMs, `retry of ${delivery.sourceArn}`, () => void attempt(ports, delivery, retries + 1, since));
      return;
    }
    const exhausted = tooMany ? 'MaximumRetryAttempts' : 'MaximumEventAgeInSeconds';
    giveUp(ports, delivery, error, {
      RETRY_ATTEMPTS: String(retries),
      ERROR_CODE:
        code ??
        (error.code.includes('Throttl') || error.code === 'TooManyRequestsException'
          ? 'THROTTLING'
          : 'ERROR_FROM_TARGET'),
      ...(code === undefined ? { EXHAUSTED_RETRY_CONDITION: exhausted } : {}),
    });
  }
}

function giveUp(
  ports: DeliveryPorts,
  delivery: Delivery,
  error: AwsError,
  reasons: Readonly<Record<string, string>>,
): void {
  const { world } = ports;
  world.history.record(serviceOf(delivery), 'DeliveryFailed', {
    from: delivery.sourceArn,
    target: delivery.targetArn,
    code: error.code,
    message: error.message,
  });
  if (delivery.deadLetterArn === undefined) return;
  const texts = {
    RULE_ARN: delivery.sourceArn,
    TARGET_ARN: delivery.targetArn,
    ERROR_MESSAGE: error.message,
    ...reasons,
  };
  const attributes = Object.fromEntries(
    Object.entries(texts).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  const message = { body: textOf(delivery.payload), attributes };
  try {
    if (delivery.roleArn !== undefined && delivery.principal === 'scheduler.amazonaws.com') {
      requireAllowed(ports, delivery, 'sqs:SendMessage', delivery.deadLetterArn);
      ports.queues.sendAsRole(delivery.deadLetterArn, message, delivery.roleArn);
    } else {
      ports.queues.sendAsService(delivery.deadLetterArn, message, sender(ports, delivery));
    }
  } catch (problem) {
    if (!(problem instanceof AwsError)) throw problem;
    world.history.record(serviceOf(delivery), 'DeadLetterLost', { from: delivery.sourceArn, reason: problem.message });
  }
}

async function send(ports: DeliveryPorts, delivery: Delivery): Promise<void> {
  const { targetArn, payload } = delivery;
  const service = targetArn.split(':')[2];
  switch (service) {
    case 'lambda':
      if (delivery.roleArn !== undefined) {
        requireAllowed(ports, delivery, 'lambda:InvokeFunction', targetArn);
        ports.functions.invokeLater(targetArn, payload);
      } else {
        ports.functions.invokeLater(targetArn, payload, sender(ports, delivery));
      }
      return;
    case 'states':
      requireAllowed(ports, delivery, 'states:StartExecution', targetArn);
      ports.executions.start(targetArn, payload, delivery.executionName);
      return;
    case 'sqs':
      if (delivery.roleArn !== undefined) {
        requireAllowed(ports, delivery, 'sqs:SendMessage', targetArn);
        ports.queues.sendAsRole(targetArn, { body: textOf(payload) }, delivery.roleArn);
      } else {
        ports.queues.sendAsService(targetArn, { body: textOf(payload) }, sender(ports, delivery));
      }
      return;
    case 'sns':
      if (delivery.roleArn !== undefined) {
        requireAllowed(ports, delivery, 'sns:Publish', targetArn);
        ports.topics.publishAsRole(targetArn, { message: textOf(payload) });
      } else {
        ports.topics.publishAsService(targetArn, { message: textOf(payload) }, sender(ports, delivery));
      }
      return;
    case 'events':
      forward(ports, delivery);
      return;
    case 'scheduler':
      await callUniversally(ports, delivery);
      return;
    default:
      throw new AwsError('NotImplemented', `Targets of ${service} are not simulated: ${targetArn}`, { status: 501 });
  }
}

function forward(ports: DeliveryPorts, delivery: Delivery): void {
  const { targetArn, payload } = delivery;
  requireAllowed(ports, delivery, 'events:PutEvents', targetArn);
  const bus = ports.busOf?.(targetArn);
  if (!bus) throw new AwsError('ResourceNotFoundException', `Event bus ${targetArn} does not exist.`);
  bus.receive(payload as EventEnvelope, roleSession(ports, delivery));
}

// arn:aws:scheduler:::aws-sdk:<service>:<operation>; the input is the operation's.
async function callUniversally(ports: DeliveryPorts, delivery: Delivery): Promise<void> {
  const [service = '', operation = ''] = delivery.targetArn.split(':aws-sdk:')[1]?.split(':') ?? [];
  const prefixes: Readonly<Record<string, string>> = { sfn: 'states', eventbridge: 'events' };
  const name = operation.charAt(0).toUpperCase() + operation.slice(1);
  await ports.calls.call(prefixes[service] ?? service, name, delivery.payload, roleSession(ports, delivery));
}

function requireAllowed(ports: DeliveryPorts, delivery: Delivery, action: string, resource: string): void {
  const reason = ports.authorizer.refusal(roleSession(ports, delivery), { action, resource });
  if (reason !== undefined) throw new AwsError('AccessDeniedException', reason);
}

function roleSession(ports: DeliveryPorts, delivery: Delivery): Caller {
  const roleName = delivery.roleArn?.split('/').at(-1);
  if (roleName === undefined)
    throw new AwsError('AccessDeniedException', `No role to reach ${delivery.targetArn} with.`);
  return {
    arn: `arn:aws:sts::${ports.account}:assumed-role/${roleName}/${serviceOf(delivery)}`,
    account: ports.account,
    roleName,
    context: {},
  };
}

function sender(ports: DeliveryPorts, delivery: Delivery) {
  return { principal: delivery.principal, sourceArn: delivery.sourceArn, sourceAccount: ports.account };
}

function serviceOf(delivery: Delivery): string {
  return delivery.principal.split('.')[0] ?? '';
}

function textOf(payload: unknown): string {
  return typeof payload === 'string' ? payload : JSON.stringify(payload);
}
