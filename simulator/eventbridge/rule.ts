import type { Target } from '@aws-sdk/client-eventbridge';
import type { Timer } from '../world/world.ts';
import type { EventPattern } from './pattern.ts';
import type { Timetable } from './schedule-expression.ts';

/** A rule on the default bus. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly tags: Map<string, string>;
  readonly targets: Map<string, Target>;
  enabled: boolean;
  description: string | undefined;
  roleArn: string | undefined;
  patternText: string | undefined;
  pattern: EventPattern | undefined;
  scheduleText: string | undefined;
  timetable: Timetable | undefined;
  timer: Timer | undefined;
}
