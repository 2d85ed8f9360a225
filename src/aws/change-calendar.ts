import { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** What a Change Calendar says. */
export interface CalendarState {
  readonly open: boolean;
  /** When that changes, ISO 8601; empty: nobody knows. */
  readonly nextChange: string;
}

/**
 * Whether a Change Calendar of Systems Manager is open at a time.
 * docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCalendarState.html
 */
export async function calendarState(aws: AwsAccess, calendar: string, at: Date): Promise<CalendarState> {
  const command = new GetCalendarStateCommand({ CalendarNames: [calendar], AtTime: at.toISOString() });
  const { State, NextTransitionTime = '' } = await awsCall(aws.client(SSMClient).send(command));
  return { open: State === 'OPEN', nextChange: NextTransitionTime };
}
