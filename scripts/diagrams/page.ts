import type { ByHand } from './by-hand.ts';
import { flowchart, integration } from './flowchart.ts';
import type { Machine, State } from './machine.ts';

/** docs/diagrams/<name>.md: the picture of a machine, and what each of its tasks calls and where it goes when that fails. */
export function page(name: string, machine: Machine, opening: string, start: ByHand | null = null): string {
  const tasks = Object.entries(machine.States).filter(([, { Type }]) => Type === 'Task');
  return `<!-- Written by scripts/diagrams.ts from statemachines/${name}.asl.yaml: change that, then run \`npx node scripts/diagrams.ts\`. -->
# ${name}

${opening}

Ends after ${duration(machine.TimeoutSeconds ?? 0)} at the latest. Source: [${name}.asl.yaml](../../statemachines/${name}.asl.yaml).

\`\`\`mermaid
${flowchart(machine)}
\`\`\`

${startOf(name, start)}
## Its tasks

| task | calls | seconds | repeats | then, failing for good |
|---|---|---|---|---|
${tasks.map(([task, state]) => row(task, state)).join('\n')}
`;
}

/** What a person types. */
function startOf(name: string, start: ByHand | null): string {
  if (start === null) return '';
  const rows = Object.entries(start.more).map(([field, words]) => `| \`${field}\` | ${words} |`);
  const more = rows.length === 0 ? '' : `\n| also in the input | |\n|---|---|\n${rows.join('\n')}\n`;
  return `## By hand

\`npx ${start.command}\`, or in the Step Functions console, as the input of \`tender-<stage>-${name}\`:

\`\`\`json
${JSON.stringify(start.input)}
\`\`\`
${more}`;
}

function row(name: string, state: State): string {
  const repeats = (state.Retry ?? []).map(({ MaxAttempts, ErrorEquals }) =>
    ErrorEquals.length > 2
      ? `${MaxAttempts ?? 3} × transient errors`
      : `${MaxAttempts ?? 3} × ${ErrorEquals.join(', ')}`,
  );
  const failing = (state.Catch ?? []).map(({ ErrorEquals, Next }) =>
    ErrorEquals.includes('States.ALL') ? Next : `${Next} (${ErrorEquals.join(', ')})`,
  );
  return `| ${name} | ${calls(state)} | ${state.TimeoutSeconds ?? '–'} | ${repeats.join('; ') || '–'} | ${failing.join('; ') || '–'} |`;
}

function calls(state: State): string {
  return `\`${integration(state) ?? (state.Resource ?? '').replace(/\.Arn$/, '')}\``;
}

function duration(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} min`;
}
