import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { pageOf } from '../cloud/pages.ts';
import {
  type Access,
  AwsError,
  type CallContext,
  defineService,
  type Operations,
  type Service,
} from '../cloud/service.ts';
import type { Alarm, AlarmSettings, Alarms, Comparison } from './alarms.ts';
import { dashboardOperations } from './dashboard-operations.ts';
import {
  type Dimensions,
  type Metric,
  type MetricStore,
  type Samples,
  type Statistic,
  statisticOf,
} from './metric-store.ts';

/** CloudWatch: metrics, alarms on one metric or a sum, dashboards. Other metric math, percentiles and composite alarms are refused. */
export function cloudwatchService(metrics: MetricStore, alarms: Alarms): Service {
  return defineService('cloudwatch', cloudwatch, {
    ...metricOperations(metrics),
    ...alarmOperations(alarms),
    ...dashboardOperations(),
  });
}

function metricOperations(metrics: MetricStore): Operations<typeof cloudwatch> {
  return {
    PutMetricData: {
      access: (input) => [
        {
          action: 'cloudwatch:PutMetricData',
          resource: '*',
          context: { 'cloudwatch:namespace': input.Namespace ?? '' },
        },
      ],
      run: ({ Namespace = '', MetricData = [] }, call) => {
        for (const datum of MetricData) {
          const metric = { namespace: Namespace, name: datum.MetricName ?? '', dimensions: toMap(datum.Dimensions) };
          const at = datum.Timestamp?.getTime() ?? call.world.now();
          for (const samples of samplesOf(datum)) metrics.add(metric, samples, at, datum.Unit);
        }
        return {};
      },
    },
    ListMetrics: {
      run: ({ Namespace, MetricName, Dimensions = [], NextToken }) => {
        const fitting = metrics
          .metrics()
          .filter(
            ({ namespace, name }) => (!Namespace || namespace === Namespace) && (!MetricName || name === MetricName),
          )
          .filter(({ dimensions }) =>
            Dimensions.every(
              ({ Name = '', Value }) => Name in dimensions && (Value === undefined || dimensions[Name] === Value),
            ),
          );
        const { items, next } = pageOf(fitting, 500, NextToken, 'InvalidParameterValue');
        return { Metrics: items.map(shownMetric), ...(next ? { NextToken: next } : {}) };
      },
    },
    GetMetricStatistics: {
      run: (input) => {
        if (input.ExtendedStatistics?.length) throw refused('ExtendedStatistics');
        const metric = {
          namespace: input.Namespace ?? '',
          name: input.MetricName ?? '',
          dimensions: toMap(input.Dimensions),
        };
        const unit = metrics.unitOf(metric) as cloudwatch.StandardUnit;
        const points = periods(input.StartTime, input.EndTime, input.Period).flatMap(([start, end]) => {
          const samples = metrics.between(metric, start, end);
          if (!samples) return [];
          const values = (input.Statistics ?? []).map((statistic) => [statistic, statisticOf(samples, statistic)]);
          return [{ Timestamp: new Date(start), Unit: unit, ...Object.fromEntries(values) }];
        });
        return { Label: metric.name, Datapoints: points };
      },
    },
    GetMetricData: {
      run: ({ MetricDataQueries = [], StartTime, EndTime, ScanBy }) => ({
        MetricDataResults: MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map((query) => {
          const { Metric, Period, Stat } = query.MetricStat ?? {};
          if (!Metric) throw refused('Expression');
          const metric = {
            namespace: Metric.Namespace ?? '',
            name: Metric.MetricName ?? '',
            dimensions: toMap(Metric.Dimensions),
          };
          const points = periods(StartTime, EndTime, Period).flatMap(([start, end]) => {
            const samples = metrics.between(metric, start, end);
            return samples ? [{ at: new Date(start), value: statisticOf(samples, statisticNamed(Stat)) }] : [];
          });
          if (ScanBy !== 'TimestampAscending') points.reverse();
          return {
            Id: query.Id,
            Label: query.Label ?? metric.name,
            Timestamps: points.map(({ at }) => at),
            Values: points.map(({ value }) => value),
            StatusCode: 'Complete' as const,
          };
        }),
      }),
    },
  };
}

function alarmOperations(alarms: Alarms): Operations<typeof cloudwatch> {
  const setActions = (names: readonly string[] | undefined, enabled: boolean): object => {
    for (const name of names ?? []) alarms.find(name).actionsEnabled = enabled;
    return {};
  };
  return {
    PutMetricAlarm: {
      access: ({ AlarmName = '' }, call) => [onAlarm('PutMetricAlarm', AlarmName, call)],
      run: (input, call) => {
        alarms.put(alarmSettings(input, call), input.ActionsEnabled ?? true);
        return {};
      },
    },
    DescribeAlarms: {
      run: ({ AlarmNames, AlarmNamePrefix = '', StateValue, MaxRecords, NextToken }) => {
        const fitting = alarms
          .all()
          .filter(({ settings }) =>
            AlarmNames ? AlarmNames.includes(settings.name) : settings.name.startsWith(AlarmNamePrefix),
          )
          .filter(({ state }) => !StateValue || state === StateValue);
        const { items, next } = pageOf(fitting, MaxRecords ?? 50, NextToken);
        return { MetricAlarms: items.map(shownAlarm), CompositeAlarms: [], ...(next ? { NextToken: next } : {}) };
      },
    },
    DeleteAlarms: {
      access: ({ AlarmNames = [] }, call) => AlarmNames.map((name) => onAlarm('DeleteAlarms', name, call)),
      run: ({ AlarmNames = [] }) => {
        for (const name of AlarmNames) alarms.delete(name);
        return {};
      },
    },
    SetAlarmState: {
      mutating: true,
      run: ({ AlarmName = '', StateValue = 'OK', StateReason = '' }) => {
        alarms.setState(AlarmName, StateValue, StateReason);
        return {};
      },
    },
    EnableAlarmActions: { run: ({ AlarmNames }) => setActions(AlarmNames, true) },
    DisableAlarmActions: { run: ({ AlarmNames }) => setActions(AlarmNames, false) },
  };
}

/** The one expression that alarms may have here. */
const FILLED_SUM = /^\s*FILL\(\w+, ?0\)(\s*\+\s*FILL\(\w+, ?0\))*\s*$/;

/** The metrics that an alarm sums; its period and statistic are those of the first. */
function summed(queries: readonly cloudwatch.MetricDataQuery[]) {
  const [shown, ...others] = queries.filter(({ ReturnData }) => ReturnData !== false);
  const expression = shown?.Expression ?? '';
  if (others.length > 0 || !FILLED_SUM.test(expression)) throw refused('Metrics (metric math)');
  const ids = [...expression.matchAll(/FILL\((\w+)/g)].map(([, id = '']) => id);
  const stats = ids.map((id) => queries.find(({ Id }) => Id === id)?.MetricStat);
  const [first] = stats;
  if (!first) throw invalid(`${expression} names no metric`);
  const metrics = stats.map((one) => {
    if (one?.Stat !== first.Stat || one?.Period !== first.Period) throw refused('A sum of unlike metrics');
    const { Namespace = '', MetricName = '', Dimensions } = one?.Metric ?? {};
    return { namespace: Namespace, name: MetricName, dimensions: toMap(Dimensions) };
  });
  return { sum: { expression, metrics }, metric: metrics[0], Statistic: first.Stat, Period: first.Period };
}

const COMPARISONS: readonly string[] = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] satisfies Comparison[];

const MISSING_DATA: readonly string[] = ['breaching', 'notBreaching', 'ignore', 'missing'];

function alarmSettings(input: cloudwatch.PutMetricAlarmInput, { region, account, world }: CallContext): AlarmSettings {
  const { AlarmName: name = '', MetricName, Namespace, ComparisonOperator = '', TreatMissingData = 'missing' } = input;
  const math = input.Metrics?.length ? summed(input.Metrics) : undefined;
  if (input.ExtendedStatistic) throw refused('ExtendedStatistic');
  if (!COMPARISONS.includes(ComparisonOperator)) throw refused(`ComparisonOperator ${ComparisonOperator}`);
  if (!math && (!MetricName || !Namespace)) throw invalid('MetricName and Namespace are required');
  if (!MISSING_DATA.includes(TreatMissingData))
    throw invalid(`Invalid value for TreatMissingData: ${TreatMissingData}`);
  const periodSeconds = math?.Period ?? input.Period ?? 60;
  if (periodSeconds % 60 !== 0) throw refused(`Period ${periodSeconds}`);
  const evaluationPeriods = input.EvaluationPeriods ?? 1;
  return {
    name,
    arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
    description: input.AlarmDescription ?? '',
    metric: math?.metric ?? {
      namespace: Namespace ?? '',
      name: MetricName ?? '',
      dimensions: toMap(input.Dimensions),
    },
    ...(math && { sum: math.sum }),
    statistic: statisticNamed(math?.Statistic ?? input.Statistic),
    ...(input.Unit ? { unit: input.Unit } : {}),
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm: input.DatapointsToAlarm ?? evaluationPeriods,
    threshold: input.Threshold ?? 0,
    comparison: ComparisonOperator as Comparison,
    treatMissingData: TreatMissingData as AlarmSettings['treatMissingData'],
    actions: {
      OK: input.OKActions ?? [],
      ALARM: input.AlarmActions ?? [],
      INSUFFICIENT_DATA: input.InsufficientDataActions ?? [],
    },
    configuredAt: world.date(),
  };
}

function shownAlarm({ settings, state, reason, changedAt, actionsEnabled }: Alarm): cloudwatch.MetricAlarm {
  const { metric, actions } = settings;
  return {
    AlarmName: settings.name,
    AlarmArn: settings.arn,
    AlarmDescription: settings.description,
    AlarmConfigurationUpdatedTimestamp: settings.configuredAt,
    ActionsEnabled: actionsEnabled,
    OKActions: [...actions.OK],
    AlarmActions: [...actions.ALARM],
    InsufficientDataActions: [...actions.INSUFFICIENT_DATA],
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: changedAt,
    StateTransitionedTimestamp: changedAt,
    MetricName: metric.name,
    Namespace: metric.namespace,
    Statistic: settings.statistic,
    Dimensions: toList(metric.dimensions),
    Period: settings.periodSeconds,
    EvaluationPeriods: settings.evaluationPeriods,
    DatapointsToAlarm: settings.datapointsToAlarm,
    Threshold: settings.threshold,
    ComparisonOperator: settings.comparison,
    TreatMissingData: settings.treatMissingData,
  };
}

function shownMetric({ namespace, name, dimensions }: Metric): cloudwatch.Metric {
  return { Namespace: namespace, MetricName: name, Dimensions: toList(dimensions) };
}

function samplesOf({ Value, StatisticValues, Values, Counts }: cloudwatch.MetricDatum): Samples[] {
  if (StatisticValues) {
    const { Sum = 0, SampleCount = 0, Minimum = 0, Maximum = 0 } = StatisticValues;
    return [{ sum: Sum, count: SampleCount, minimum: Minimum, maximum: Maximum }];
  }
  const values = Values ?? (Value === undefined ? [] : [Value]);
  return values.map((value, index) => {
    const count = Counts?.[index] ?? 1;
    return { sum: value * count, count, minimum: value, maximum: value };
  });
}

/** `[start, end)` of each period between two times, epoch milliseconds. */
function periods(start: Date | undefined, end: Date | undefined, seconds = 60): [number, number][] {
  const length = seconds * 1000;
  const first = Math.floor((start?.getTime() ?? 0) / length) * length;
  const count = Math.max(0, Math.ceil(((end?.getTime() ?? 0) - first) / length));
  // The most that GetMetricData answers. Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
  if (count > 100_800) throw invalid('The requested time range has too many datapoints');
  return Array.from({ length: count }, (_, index) => [first + index * length, first + (index + 1) * length]);
}

function statisticNamed(name: string | undefined): Statistic {
  if (name === 'Average' || name === 'Sum' || name === 'Minimum' || name === 'Maximum' || name === 'SampleCount')
    return name;
  throw refused(`The statistic ${name}`);
}

function toMap(dimensions: readonly cloudwatch.Dimension[] | undefined): Dimensions {
  return Object.fromEntries((dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]));
}

function toList(dimensions: Dimensions): cloudwatch.Dimension[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

function refused(what: string): AwsError {
  return new AwsError('NotImplemented', `${what} is not supported.`, { status: 501 });
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
function onAlarm(action: string, name: string, { region, account }: CallContext): Access {
  return { action: `cloudwatch:${action}`, resource: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}` };
}
