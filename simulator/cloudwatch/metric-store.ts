import type { MetricSink } from '../cloud/ports.ts';
import type { World } from '../world/world.ts';

export type Dimensions = Readonly<Record<string, string>>;

/** Samples of one minute or more, aggregated. */
export interface Samples {
  readonly sum: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

interface Series extends Metric {
  readonly unit: string;
  /** By minute since the epoch. */
  readonly minutes: Map<number, Samples>;
}

export type Statistic = 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'SampleCount';

/** All metrics of a world, at a resolution of one minute. */
export class MetricStore implements MetricSink {
  readonly #world: World;
  readonly #series = new Map<string, Series>();

  constructor(world: World) {
    this.#world = world;
  }

  put(metric: { namespace: string; name: string; dimensions: Dimensions; value: number; unit?: string }): void {
    const { value, unit } = metric;
    this.add(metric, { sum: value, count: 1, minimum: value, maximum: value }, this.#world.now(), unit);
  }

  /** Adds samples at a time, epoch milliseconds. */
  add({ namespace, name, dimensions }: Metric, samples: Samples, at: number, unit = 'None'): void {
    const key = keyOf({ namespace, name, dimensions });
    let series = this.#series.get(key);
    if (!series) {
      series = { namespace, name, dimensions, unit, minutes: new Map() };
      this.#series.set(key, series);
    }
    const minute = Math.floor(at / 60_000);
    series.minutes.set(minute, merged(series.minutes.get(minute), samples));
  }

  /** Every metric that ever had a sample. */
  metrics(): readonly Metric[] {
    return [...this.#series.values()];
  }

  unitOf(metric: Metric): string {
    return this.#series.get(keyOf(metric))?.unit ?? 'None';
  }

  /** The samples from `start` on and before `end`, epoch milliseconds; undefined when there are none. */
  between(metric: Metric, start: number, end: number): Samples | undefined {
    const series = this.#series.get(keyOf(metric));
    if (!series) return undefined;
    let result: Samples | undefined;
    for (let minute = Math.floor(start / 60_000); minute * 60_000 < end; minute += 1) {
      const samples = series.minutes.get(minute);
      if (samples) result = merged(result, samples);
    }
    return result;
  }
}

/** What a statistic makes of samples. */
export function statisticOf(samples: Samples, statistic: Statistic): number {
  if (statistic === 'Sum') return samples.sum;
  if (statistic === 'Average') return samples.sum / samples.count;
  if (statistic === 'SampleCount') return samples.count;
  return statistic === 'Minimum' ? samples.minimum : samples.maximum;
}

function keyOf({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function merged(a: Samples | undefined, b: Samples): Samples {
  if (!a) return b;
  return {
    sum: a.sum + b.sum,
    count: a.count + b.count,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}
