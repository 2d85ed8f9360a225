/** One set of figures about one invocation. */
export interface Figures {
  readonly time: Date;
  readonly cluster: string;
  readonly workflow: string;
  /** Milliseconds. */
  readonly Duration: number;
  /** 1 when the step failed, else 0, so that its average is a rate. */
  readonly Failures: number;
  /** What the step counted, by metric name. */
  readonly counters: Readonly<Record<string, number>>;
  /** What alarms watch, by metric name: once for all clusters of a deployment. */
  readonly alarms?: Readonly<Record<string, number>>;
  /** `tender-dev`: without it nothing is written for alarms. */
  readonly deployment?: string | undefined;
}

/**
 * A record in the CloudWatch embedded metric format: the log line that CloudWatch makes metrics of, without a call.
 *
 * Dimensions are cluster and workflow only: each combination is a metric that costs $0.30 a month. Per-step figures
 * belong in log records (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * Alarms are made when Tender is deployed and know no cluster: what they watch has the deployment as its only dimension.
 */
export function embeddedMetrics({
  time,
  cluster,
  workflow,
  counters,
  alarms = {},
  deployment,
  ...figures
}: Figures): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, number>> = { ...figures, ...counters };
  const watched = Object.keys(alarms);
  return {
    _aws: {
      Timestamp: time.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: 'Tender',
          Dimensions: [['cluster', 'workflow']],
          Metrics: Object.keys(values).map((Name) => ({ Name, Unit: Name === 'Duration' ? 'Milliseconds' : 'Count' })),
        },
        ...(watched.length > 0 && deployment !== undefined ? [across(watched)] : []),
      ],
    },
    cluster,
    workflow,
    ...(deployment !== undefined && watched.length > 0 && { deployment, ...alarms }),
    ...values,
  };
}

function across(names: readonly string[]) {
  return {
    Namespace: 'Tender',
    Dimensions: [['deployment']],
    Metrics: names.map((Name) => ({ Name, Unit: 'Count' })),
  };
}

/** A part of a cluster that has figures of its own. */
export interface Piece {
  /** What it is: `breaker`. */
  readonly dimension: string;
  /** Its name: `group workers-a`. */
  readonly of: string;
  readonly counters: Readonly<Record<string, number>>;
}

/** As {@link embeddedMetrics}, of a part of a cluster. */
export function pieceMetrics({
  time,
  cluster,
  dimension,
  of,
  counters,
}: Piece & { readonly time: Date; readonly cluster: string }): Readonly<Record<string, unknown>> {
  const Metrics = Object.keys(counters).map((Name) => ({ Name, Unit: 'Count' }));
  const CloudWatchMetrics = [{ Namespace: 'Tender', Dimensions: [['cluster', dimension]], Metrics }];
  return { _aws: { Timestamp: time.getTime(), CloudWatchMetrics }, cluster, [dimension]: of, ...counters };
}
