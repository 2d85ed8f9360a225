import type { Random } from '../world/random.ts';

// Round trips from a Lambda function in the same region, milliseconds [low, high]; assumed, after published
// measurements of the SDK's own latency metrics. What is not listed takes 5–25 ms.
const ROUND_TRIP_MS: Readonly<Record<string, readonly [number, number]>> = {
  autoscaling: [15, 40],
  ec2: [15, 40],
  elasticloadbalancing: [15, 40],
  events: [10, 25],
  lambda: [10, 25],
  monitoring: [10, 25],
  s3: [10, 30],
  secretsmanager: [5, 20],
  sns: [10, 25],
  sqs: [5, 15],
  ssm: [5, 20],
  states: [10, 25],
  sts: [5, 20],
};

/** Milliseconds that a request to this host takes on the way there and back, without the service's own work. */
export function roundTripMs(host: string, random: Random): number {
  const service = host.split('.').find((label) => label in ROUND_TRIP_MS);
  const [low, high] = (service && ROUND_TRIP_MS[service]) || [5, 25];
  return random.integer(low, high);
}
