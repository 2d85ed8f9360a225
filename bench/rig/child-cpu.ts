import { readFileSync } from 'node:fs';

/** Of Linux, on all machines that Node runs on: https://man7.org/linux/man-pages/man7/time.7.html. */
const TICKS_A_SECOND = 100;

/** CPU seconds, user and system, of all children of this process that have ended and were waited for. */
export function childCpuSeconds(): number {
  return secondsOf('self', 13);
}

/** CPU seconds, user and system, of a process that runs. @throws Error when it does not */
export function cpuSecondsOf(pid: number): number {
  return secondsOf(String(pid), 11);
}

/** The sum of a field and the next one, of those after the program's name. */
function secondsOf(process: string, field: number): number {
  // The second field is the program's name, which may have spaces: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html.
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [user = 0, system = 0] = fields.slice(field, field + 2).map(Number);
  return (user + system) / TICKS_A_SECOND;
}
