import * as scheduler from '@aws-sdk/client-scheduler';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, defineService, type Service } from '../cloud/service.ts';
import type { Timer } from '../world/world.ts';
import { type DeliveryPorts, deliver } from './delivery.ts';
import { parseScheduleExpression, type Timetable } from './schedule-expression.ts';

interface Schedule {
  readonly arn: string;
  readonly group: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly timetable: Timetable;
  readonly input: scheduler.CreateScheduleCommandInput;
  timer: Timer | undefined;
}

/** EventBridge Scheduler: rates, cron and one-time schedules in any time zone, on virtual time. */
export class Schedules {
  readonly service: Service;
  readonly #ports: DeliveryPorts;
  readonly #groups = new Set(['default']);
  readonly #schedules = new Map<string, Schedule>();

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
    this.service = this.#define();
  }

  #arn(input: { readonly Name?: string | undefined; readonly GroupName?: string | undefined }): string {
    const { region, account } = this.#ports;
    return `arn:aws:scheduler:${region}:${account}:schedule/${input.GroupName ?? 'default'}/${input.Name ?? ''}`;
  }

  #require(input: { readonly Name?: string | undefined; readonly GroupName?: string | undefined }): Schedule {
    const schedule = this.#schedules.get(this.#arn(input));
    if (!schedule) throw new AwsError('ResourceNotFoundException', `Schedule ${input.Name} does not exist.`);
    return schedule;
  }

  #put(input: scheduler.CreateScheduleCommandInput, createdAt: number): Schedule {
    const { world } = this.#ports;
    const group = input.GroupName ?? 'default';
    if (!this.#groups.has(group))
      throw new AwsError('ResourceNotFoundException', `Schedule group ${group} does not exist.`);
    requireValid(input);
    const arn = this.#arn(input);
    const timetable = timetableOf(input);
    const schedule = { arn, group, createdAt, modifiedAt: world.now(), timetable, input, timer: undefined };
    this.#schedules.get(arn)?.timer?.cancel();
    this.#schedules.set(arn, schedule);
    // A rate without a start date is due at once, and then every period.
    const isRate = input.ScheduleExpression?.startsWith('rate(') === true;
    this.#plan(schedule, isRate && input.StartDate === undefined ? world.now() : undefined);
    return schedule;
  }

  #plan(schedule: Schedule, first?: number): void {
    const { world } = this.#ports;
    const { StartDate, EndDate, State, FlexibleTimeWindow, Name } = schedule.input;
    const anchor = StartDate?.getTime() ?? schedule.createdAt;
    const due = first ?? schedule.timetable.next(Math.max(world.now(), (StartDate?.getTime() ?? 0) - 1), anchor);
    if (State === 'DISABLED' || due === undefined || due > (EndDate?.getTime() ?? Number.POSITIVE_INFINITY)) return;
    const windowMs = (FlexibleTimeWindow?.MaximumWindowInMinutes ?? 0) * 60_000;
    // Scheduler promises the minute, not the second.
    const lag = world.random.for('scheduler:lag').between(0, windowMs > 0 ? windowMs : 1000);
    schedule.timer = world.afterInBackground(due - world.now(), `schedule ${Name}`, () => {
      world.after(lag, `schedule ${Name} in its window`, () => this.#invoke(schedule, due));
      this.#plan(schedule);
      this.#complete(schedule);
    });
  }

  #complete(schedule: Schedule): void {
    const once = schedule.input.ScheduleExpression?.startsWith('at(');
    if (once && schedule.input.ActionAfterCompletion === 'DELETE') this.#schedules.delete(schedule.arn);
  }

  #invoke(schedule: Schedule, due: number): void {
    const target = schedule.input.Target;
    const id = this.#ports.world.random.for('scheduler:execution').uuid();
    deliver(this.#ports, {
      principal: 'scheduler.amazonaws.com',
      sourceArn: schedule.arn,
      targetArn: target?.Arn ?? '',
      roleArn: target?.RoleArn,
      payload: this.#payload(schedule, due, id),
      executionName: id,
      maximumAttempts: target?.RetryPolicy?.MaximumRetryAttempts,
      maximumAgeSeconds: target?.RetryPolicy?.MaximumEventAgeInSeconds,
      deadLetterArn: target?.DeadLetterConfig?.Arn,
    });
  }

  // Context attributes: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
  #payload(schedule: Schedule, due: number, id: string): unknown {
    const time = new Date(due).toISOString().replace(/\.\d+Z$/, 'Z');
    const { account, region } = this.#ports;
    const input = schedule.input.Target?.Input;
    if (input === undefined) {
      const common = {
        version: '0',
        id,
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        account,
        time,
        region,
      };
      return { ...common, resources: [schedule.arn], detail: '{}' };
    }
    const text = input
      .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
      .replaceAll('<aws.scheduler.scheduled-time>', time)
      .replaceAll('<aws.scheduler.execution-id>', id)
      .replaceAll('<aws.scheduler.attempt-number>', '1');
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  #define(): Service {
    const on =
      (action: string) =>
      (input: scheduler.DeleteScheduleCommandInput): readonly Access[] => [
        { action: `scheduler:${action}`, resource: this.#arn(input) },
      ];
    const put = (action: string) => (input: scheduler.CreateScheduleCommandInput) => [
      ...on(action)(input),
      {
        action: 'iam:PassRole',
        resource: input.Target?.RoleArn ?? '',
        context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      },
    ];
    const { world, region, account } = this.#ports;
    return defineService('scheduler', scheduler, {
      CreateSchedule: {
        access: put('CreateSchedule'),
        run: (input) => {
          if (this.#schedules.has(this.#arn(input))) {
            throw new AwsError('ConflictException', `Schedule ${input.Name} already exists.`);
          }
          return { ScheduleArn: this.#put(input, world.now()).arn };
        },
      },
      UpdateSchedule: {
        access: put('UpdateSchedule'),
        run: (input) => ({ ScheduleArn: this.#put(input, this.#require(input).createdAt).arn }),
      },
      GetSchedule: { access: on('GetSchedule'), run: (input) => view(this.#require(input)) },
      DeleteSchedule: {
        access: on('DeleteSchedule'),
        run: (input) => {
          const schedule = this.#require(input);
          schedule.timer?.cancel();
          this.#schedules.delete(schedule.arn);
          return {};
        },
      },
      ListSchedules: {
        run: (input) => {
          const fitting = [...this.#schedules.values()].filter(
            ({ group, input: { Name } }) =>
              group === (input.GroupName ?? group) && (Name ?? '').startsWith(input.NamePrefix ?? ''),
          );
          const page = pageOf(fitting.map(view), input.MaxResults ?? 100, input.NextToken);
          return { Schedules: page.items, NextToken: page.next };
        },
      },
      CreateScheduleGroup: {
        run: (input) => {
          this.#groups.add(input.Name ?? '');
          return { ScheduleGroupArn: `arn:aws:scheduler:${region}:${account}:schedule-group/${input.Name}` };
        },
      },
    });
  }
}

function requireValid({ Target, FlexibleTimeWindow, Name }: scheduler.CreateScheduleCommandInput): void {
  const service = Target?.Arn?.split(':')[2] ?? '';
  if (!['lambda', 'states', 'sqs', 'sns', 'scheduler'].includes(service)) {
    throw new AwsError('NotImplemented', `Targets of ${service} are not simulated: ${Target?.Arn}`, { status: 501 });
  }
  if (FlexibleTimeWindow?.Mode === 'FLEXIBLE' && FlexibleTimeWindow.MaximumWindowInMinutes === undefined) {
    throw new AwsError(
      'ValidationException',
      `Schedule ${Name}: MaximumWindowInMinutes is required when Mode is FLEXIBLE.`,
    );
  }
}

function timetableOf(input: scheduler.CreateScheduleCommandInput): Timetable {
  try {
    return parseScheduleExpression(input.ScheduleExpression ?? '', input.ScheduleExpressionTimezone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AwsError('ValidationException', `Invalid Schedule Expression ${input.ScheduleExpression}.`);
  }
}

function view(schedule: Schedule) {
  const { ClientToken: _, ...input } = schedule.input;
  return {
    ...input,
    Arn: schedule.arn,
    GroupName: schedule.group,
    State: input.State ?? scheduler.ScheduleState.ENABLED,
    ScheduleExpressionTimezone: input.ScheduleExpressionTimezone ?? 'UTC',
    ActionAfterCompletion: input.ActionAfterCompletion ?? scheduler.ActionAfterCompletion.NONE,
    CreationDate: new Date(schedule.createdAt),
    LastModificationDate: new Date(schedule.modifiedAt),
  };
}
