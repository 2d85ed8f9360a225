import type { EventSink } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { type Metric, type MetricStore, type Statistic, statisticOf } from './metric-store.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

/** An alarm on one metric, or on a sum of metrics, with a static threshold. */
export interface AlarmSettings {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  /** Of a sum, its first. */
  readonly metric: Metric;
  /** What is summed, `FILL(m1, 0) + FILL(m2, 0)`; absent for an alarm on one metric. */
  readonly sum?: { readonly expression: string; readonly metrics: readonly Metric[] };
  readonly statistic: Statistic;
  readonly unit?: string;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
  readonly configuredAt: Date;
}

/** An alarm and what it says now. */
export interface Alarm {
  settings: AlarmSettings;
  actionsEnabled: boolean;
  state: AlarmState;
  reason: string;
  changedAt: Date;
  /** The end of the period that was looked at last, epoch milliseconds; 0 looks again. */
  seenUntil: number;
}

interface Options {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly metrics: MetricStore;
  /** Brings an alarm's message to an action: a topic, a function. */
  readonly deliver: (actionArn: string, message: string, subject: string) => Promise<void>;
  readonly events?: EventSink;
  /** Puts the sample of a metric that is measured and not counted, like the messages in a queue, before it is looked at. */
  readonly sample?: (metric: Metric) => void;
  /** Whether alarms are kept and never evaluated. Default false. */
  readonly asleep?: boolean;
}

const COMPARE: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * Evaluates alarms once a minute on the world's clock.
 * Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. CloudWatch looks at a few more
 * periods than an alarm asks for when datapoints come late; here they never do.
 */
export class Alarms {
  readonly #options: Options;
  readonly #alarms = new Map<string, Alarm>();
  #ticking = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** By name. */
  all(): readonly Alarm[] {
    return [...this.#alarms.values()].sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
  }

  /** Creates an alarm, or changes it and keeps its state. */
  put(settings: AlarmSettings, actionsEnabled: boolean): void {
    const { world } = this.#options;
    const existing = this.#alarms.get(settings.name);
    if (existing) Object.assign(existing, { settings, actionsEnabled, seenUntil: 0 });
    else {
      const reason = 'Unchecked: Initial alarm creation';
      this.#alarms.set(settings.name, {
        settings,
        actionsEnabled,
        state: 'INSUFFICIENT_DATA',
        reason,
        changedAt: world.date(),
        seenUntil: 0,
      });
    }
    if (!this.#ticking && !this.#options.asleep) this.#tick();
  }

  delete(name: string): void {
    this.#alarms.delete(name);
  }

  /** @throws AwsError `ResourceNotFound`. */
  find(name: string): Alarm {
    const alarm = this.#alarms.get(name);
    if (alarm) return alarm;
    throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist`, { status: 404 });
  }

  /** Sets a state for the moment: the next evaluation may change it back. */
  setState(name: string, state: AlarmState, reason: string): void {
    const alarm = this.find(name);
    alarm.seenUntil = 0;
    this.#change(alarm, state, reason);
  }

  #tick(): void {
    const { world } = this.#options;
    this.#ticking = true;
    world.afterInBackground(60_000 - (world.now() % 60_000), 'cloudwatch evaluates alarms', () => {
      for (const alarm of this.#alarms.values()) this.#evaluate(alarm);
      this.#tick();
    });
  }

  // Datapoints never come late here, so nothing is new before the next period is over.
  #evaluate(alarm: Alarm): void {
    const { settings } = alarm;
    const metrics = settings.sum?.metrics ?? [settings.metric];
    for (const metric of metrics) this.#options.sample?.(metric);
    const periodMs = settings.periodSeconds * 1000;
    const end = Math.floor(this.#options.world.now() / periodMs) * periodMs;
    if (end === alarm.seenUntil) return;
    alarm.seenUntil = end;
    const values = Array.from({ length: settings.evaluationPeriods }, (_, index) => {
      const start = end - (index + 1) * periodMs;
      const seen = metrics.map((metric) => this.#valueOf(metric, settings.statistic, start, start + periodMs));
      return settings.sum ? seen.reduce<number>((sum, value) => sum + (value ?? 0), 0) : seen[0];
    });
    const verdict = judge(settings, values);
    if (verdict && verdict.state !== alarm.state) this.#change(alarm, verdict.state, verdict.reason);
  }

  #valueOf(metric: Metric, statistic: Statistic, start: number, end: number): number | undefined {
    const samples = this.#options.metrics.between(metric, start, end);
    return samples && statisticOf(samples, statistic);
  }

  #change(alarm: Alarm, state: AlarmState, reason: string): void {
    const { world } = this.#options;
    const before = { state: alarm.state, reason: alarm.reason, changedAt: alarm.changedAt };
    Object.assign(alarm, { state, reason, changedAt: world.date() });
    if (before.state === state) return;
    const { name, arn, actions, metric, periodSeconds, statistic } = alarm.settings;
    const timestamp = world.date().toISOString().replace('Z', '+0000');
    world.history.record('cloudwatch', 'AlarmStateChanged', { alarm: name, from: before.state, to: state });
    this.#options.events?.put({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [arn],
      detail: {
        alarmName: name,
        configuration: {
          metrics: [{ id: 'm1', metricStat: { metric, period: periodSeconds, stat: statistic }, returnData: true }],
        },
        state: { value: state, reason, timestamp },
        previousState: { value: before.state, reason: before.reason },
      },
    });
    if (!alarm.actionsEnabled) return;
    for (const action of actions[state]) void this.#notify(action, alarm, before.state);
  }

  // An action that fails is only recorded, in the alarm's history.
  async #notify(action: string, alarm: Alarm, oldState: AlarmState): Promise<void> {
    const { deliver, region, world } = this.#options;
    const subject = `${alarm.state}: "${alarm.settings.name}" in ${region}`;
    try {
      await deliver(action, JSON.stringify(this.#message(alarm, oldState)), subject);
    } catch (error) {
      const reason = error instanceof AwsError ? error.code : String(error);
      world.history.record('cloudwatch', 'AlarmActionFailed', { alarm: alarm.settings.name, action, reason });
    }
  }

  #message({ settings, state, reason, changedAt }: Alarm, oldState: AlarmState): object {
    const { metric, actions } = settings;
    return {
      AlarmName: settings.name,
      AlarmDescription: settings.description,
      AWSAccountId: this.#options.account,
      AlarmConfigurationUpdatedTimestamp: settings.configuredAt.toISOString().replace('Z', '+0000'),
      NewStateValue: state,
      NewStateReason: reason,
      StateChangeTime: changedAt.toISOString().replace('Z', '+0000'),
      Region: this.#options.region,
      AlarmArn: settings.arn,
      OldStateValue: oldState,
      OKActions: actions.OK,
      AlarmActions: actions.ALARM,
      InsufficientDataActions: actions.INSUFFICIENT_DATA,
      Trigger: {
        MetricName: metric.name,
        Namespace: metric.namespace,
        StatisticType: 'Statistic',
        Statistic: settings.statistic.toUpperCase(),
        Unit: settings.unit ?? null,
        Dimensions: Object.entries(metric.dimensions).map(([name, value]) => ({ value, name })),
        Period: settings.periodSeconds,
        EvaluationPeriods: settings.evaluationPeriods,
        DatapointsToAlarm: settings.datapointsToAlarm,
        ComparisonOperator: settings.comparison,
        Threshold: settings.threshold,
        TreatMissingData: settings.treatMissingData,
        EvaluateLowSampleCountPercentile: '',
      },
    };
  }
}

/**
 * What the values of the last periods (newest first; undefined is missing) say, or undefined to keep the state.
 */
export function judge(
  settings: Pick<AlarmSettings, 'comparison' | 'threshold' | 'datapointsToAlarm' | 'treatMissingData'>,
  values: readonly (number | undefined)[],
): { readonly state: AlarmState; readonly reason: string } | undefined {
  const { comparison, threshold, datapointsToAlarm, treatMissingData } = settings;
  const present = values.filter((value) => value !== undefined);
  const missing = values.length - present.length;
  const breaching = present.filter((value) => COMPARE[comparison](value, threshold));
  const counted = breaching.length + (treatMissingData === 'breaching' ? missing : 0);
  const shown = present.length === 0 ? 'no datapoints were received' : `datapoints [${present.join(', ')}]`;
  const reason = `Threshold Crossed: ${shown} for ${values.length} period(s), ${counted} breaching (${comparison} ${threshold}).`;
  if (counted >= datapointsToAlarm) return { state: 'ALARM', reason };
  if (missing === values.length && treatMissingData === 'missing') {
    return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${missing} datapoint(s) were unknown.` };
  }
  if (missing > 0 && treatMissingData === 'ignore') return undefined;
  return { state: 'OK', reason };
}
