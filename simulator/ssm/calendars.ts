import type * as ssm from '@aws-sdk/client-ssm';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { Place } from './parameters.ts';

/** A Change Calendar: open but for its events, or closed but for them. */
interface Calendar {
  readonly isOpenByDefault: boolean;
  /** Milliseconds since 1970. */
  readonly events: readonly { readonly from: number; readonly until: number }[];
}

/** The Change Calendars of the account. Their events are in UTC and do not recur; another one is refused. */
export class Calendars {
  readonly #world: World;
  readonly #all = new Map<string, Calendar>();

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws AwsError `InvalidDocumentContent`, or when the calendar is more than is simulated. */
  create(name: string, text: string): void {
    const type = /^X-CALENDAR-TYPE:DEFAULT_(OPEN|CLOSED)\s*$/m.exec(text)?.[1];
    if (type === undefined || !text.startsWith('BEGIN:VCALENDAR'))
      throw new AwsError('InvalidDocumentContent', 'The content of the change calendar is not valid.');
    if (/^(RRULE|RDATE|BEGIN:VTIMEZONE)/m.test(text) || /;TZID=/.test(text))
      throw new AwsError('NotImplemented', 'Change Calendars with rules or time zones are not simulated.', {
        status: 501,
      });
    const events = [...text.matchAll(/^DTSTART:(\S+)[\s\S]*?^DTEND:(\S+)/gm)].map(([, from = '', until = '']) => ({
      from: timeOf(from),
      until: timeOf(until),
    }));
    this.#all.set(name, { isOpenByDefault: type === 'OPEN', events });
  }

  /** @throws AwsError `InvalidDocument`. */
  state(
    nameOrArn: string,
    at = this.#world.now(),
  ): { readonly isOpen: boolean; readonly changesAt: number | undefined } {
    const calendar = this.#all.get(nameOrArn.split('/').at(-1) ?? '');
    if (!calendar) throw new AwsError('InvalidDocument', `Document with name ${nameOrArn} does not exist.`);
    const isInside = (time: number) => calendar.events.some(({ from, until }) => from <= time && time < until);
    const edges = calendar.events.flatMap(({ from, until }) => [from, until]).sort((a, b) => a - b);
    return {
      isOpen: isInside(at) !== calendar.isOpenByDefault,
      changesAt: edges.find((time) => time > at && isInside(time) !== isInside(at)),
    };
  }
}

/** The operation on Change Calendars; CreateDocument makes them. */
export function calendarOperations(calendars: Calendars, place: Place) {
  return {
    GetCalendarState: {
      access: (input) =>
        (input.CalendarNames ?? []).map((name) => ({
          action: 'ssm:GetCalendarState',
          resource: name.startsWith('arn:') ? name : `arn:aws:ssm:${place.region}:${place.account}:document/${name}`,
        })),
      run: (input) => {
        const at = input.AtTime === undefined ? undefined : Date.parse(input.AtTime);
        const states = (input.CalendarNames ?? []).map((name) => calendars.state(name, at));
        const next = Math.min(...states.flatMap(({ changesAt }) => changesAt ?? []));
        return {
          State: states.every(({ isOpen }) => isOpen) ? ('OPEN' as const) : ('CLOSED' as const),
          ...(at !== undefined && { AtTime: input.AtTime }),
          ...(Number.isFinite(next) && { NextTransitionTime: iso(next) }),
        };
      },
    },
  } satisfies Operations<typeof ssm>;
}

/** `20261220T000000Z`. */
function timeOf(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.slice(1).map(Number);
  if (!parts) throw new AwsError('NotImplemented', `Times like ${text} are not simulated; write UTC.`, { status: 501 });
  const [year = 0, month = 1, ...rest] = parts;
  return Date.UTC(year, month - 1, ...rest);
}

/** As Systems Manager writes it, without milliseconds. */
function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
