import type { Change, Json, Thing } from './ports.ts';

/** `hook tender-launch of demo-workers`. */
export function wordsOf(thing: Thing): string {
  switch (thing.kind) {
    case 'object':
      return `${thing.object} ${thing.namespace === '' ? '' : `${thing.namespace}/`}${thing.name}`;
    case 'access-role':
      return `role ${thing.name}`;
    case 'role-policy':
      return `policy ${thing.name} of role ${thing.role}`;
    case 'secret':
      return `secret ${thing.name}`;
    case 'parameter':
      return `parameter ${thing.name}`;
    case 'tag':
      return `tag ${thing.name} of ${thing.group}`;
    case 'hook':
      return `hook ${thing.name} of ${thing.group}`;
  }
}

/** One line of a plan: `add`, or `change` with what differs. */
export function lineOf({ thing, before, after }: Change): {
  readonly does: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
} {
  return { does: before === null ? 'add' : 'change', what: wordsOf(thing), from: short(before), to: short(after) };
}

const LONG = 60;

function short(value: Json): string {
  if (value === null) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replaceAll('\n', ' ');
  return line.length > LONG ? `${line.slice(0, LONG - 1)}…` : line;
}
