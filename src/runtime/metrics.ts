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
}

/**
 * A record in the CloudWatch embedded metric format: the log line that CloudWatch makes metrics of, without a call.
 *
 * Dimensions are cluster and workflow only: each combination is a metric that costs $0.30 a month. Per-step figures
 * belong in log records (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
export function embeddedMetrics({
  time,
  cluster,
  workflow,
  counters,
  ...figures
}: Figures): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, number>> = { ...figures, ...counters };
  return {
    _aws: {
      Timestamp: time.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: 'Tender',
          Dimensions: [['cluster', 'workflow']],
          Metrics: Object.keys(values).map((Name) => ({ Name, Unit: Name === 'Duration' ? 'Milliseconds' : 'Count' })),
        },
      ],
    },
    cluster,
    workflow,
    ...values,
  };
}
