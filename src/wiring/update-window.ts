import { calendarState } from '../aws/change-calendar.ts';
import { updatesOf } from '../clusters/updates.ts';
import { type WindowState, windowAt } from '../windows/window-at.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** Whether now is a time to update a group: its windows, blackouts, and the Change Calendar of its cluster. A calendar that cannot be read is closed: unknown is unsafe. */
export async function updateWindow(
  { cluster, aws }: RegisteredCluster,
  groupName: string,
  now: Date,
): Promise<WindowState> {
  const { windows, blackouts, changeCalendar } = updatesOf(cluster.updates, groupName);
  const state = windowAt(windows, blackouts, now);
  if (!state.open || changeCalendar === undefined) return state;
  try {
    const { open, nextChange } = await calendarState(aws, changeCalendar, now);
    if (open) return earlierOf(state, nextChange);
    return { open: false, until: '', next: nextChange, why: `closed: Change Calendar ${changeCalendar} is closed` };
  } catch (error) {
    const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return {
      open: false,
      until: '',
      next: '',
      why: `closed: Change Calendar ${changeCalendar} cannot be read (${problem})`,
    };
  }
}

function earlierOf(state: WindowState, calendarCloses: string): WindowState {
  if (calendarCloses === '' || (state.until !== '' && Date.parse(state.until) <= Date.parse(calendarCloses)))
    return state;
  // How long the calendar has been open nobody knows.
  const { since: _, ...rest } = state;
  return { ...rest, until: new Date(calendarCloses).toISOString() };
}
