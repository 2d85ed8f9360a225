import { checks } from './checks.ts';

/** The table of all checks for docs/doctor.md, in Markdown. */
export function doctorTable(): string {
  const rows = checks.map(({ id, subject, severity, asks }) => `| \`${id}\` | ${subject} | ${severity} | ${asks} |`);
  return ['| check | about | when it is not so | asks |', '|---|---|---|---|', ...rows].join('\n');
}
