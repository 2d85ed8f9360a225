import type { LogStore } from '../logs/log-store.ts';
import type { MetricStore } from './metric-store.ts';

interface Directive {
  readonly Namespace?: string;
  readonly Dimensions?: readonly (readonly string[])[];
  readonly Metrics?: readonly { readonly Name: string; readonly Unit?: string }[];
}

type Document = Readonly<Record<string, unknown>> & {
  readonly _aws?: { readonly Timestamp?: number; readonly CloudWatchMetrics?: readonly Directive[] };
};

/**
 * Makes metrics of log events in the embedded metric format.
 * Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function extractEmbeddedMetrics(logs: LogStore, metrics: MetricStore): void {
  logs.listen((_group, { message, timestamp }) => {
    // Most lines are no such documents: the text tells without parsing.
    if (!message.startsWith('{') || !message.includes('"CloudWatchMetrics"')) return;
    const document = parsed(message);
    const at = document?._aws?.Timestamp ?? timestamp;
    for (const directive of document?._aws?.CloudWatchMetrics ?? []) extract(document ?? {}, directive, at, metrics);
  });
}

function extract(
  document: Document,
  { Namespace = '', Dimensions = [[]], Metrics = [] }: Directive,
  at: number,
  store: MetricStore,
): void {
  for (const names of Dimensions) {
    const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]));
    for (const { Name, Unit } of Metrics) {
      const values = [document[Name]].flat().filter((value) => typeof value === 'number');
      for (const value of values) {
        const samples = { sum: value, count: 1, minimum: value, maximum: value };
        store.add({ namespace: Namespace, name: Name, dimensions }, samples, at, Unit);
      }
    }
  }
}

function parsed(message: string): Document | undefined {
  try {
    return JSON.parse(message) as Document;
  } catch {
    return undefined;
  }
}
