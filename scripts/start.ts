import { parseArgs } from 'node:util';
import logUpdate from 'log-update';
import { ChaosDay } from '../rehearsal/chaos/chaos-day.ts';
import { duration } from '../rehearsal/demo/duration.ts';
import { complaintsAbout } from '../rehearsal/demo/ending.ts';
import { type Doors, directions, openDoors } from '../rehearsal/demo/open-doors.ts';
import { packageStack } from '../rehearsal/demo/package-stack.ts';
import { isLive, liveScreen, plainScreen } from '../rehearsal/demo/screen.ts';
import { Story } from '../rehearsal/demo/story.ts';
import { summarize } from '../rehearsal/demo/summary.ts';
import { Disaster } from '../rehearsal/disaster/disaster.ts';
import type { EtcdRelease } from '../rehearsal/etcd/etcd-programs.ts';
import { obtainEtcd } from '../rehearsal/etcd/obtain-etcd.ts';
import { deployByServerless } from '../rehearsal/serverless-deployment.ts';
import { lineOf, renderBoard } from '../rehearsal/update/render-night.ts';
import { UpdateNight } from '../rehearsal/update/update-night.ts';
import { usageOf } from '../rehearsal/usage.ts';
import type { CloudOptions } from '../simulator/cloud/cloud.ts';

const HELP = `Plays nodes that come and nodes that leave on a local AWS and Kubernetes, and lets you look around. Needs no account, no network, no credentials.

  npm start [-- --speed 30] [--seed 2] [--port 0] [--once] [--chaos] [--update] [--disaster]

  --speed  seconds of the local cloud's clock in one of yours (default 30: the story takes about a minute)
  --seed   the luck of this run; the same seed gives the same story (default 2)
  --port   where AWS answers on 127.0.0.1 (default 0: any free port)
  --once   play it as fast as it can be computed, keep no sockets open, and end: with 0 when all ended as it should, else with 1
  --chaos  play a bad day instead, as fast as it can be computed: what fails, what a health pass finds, decides and starts, and what comes of it; opens no sockets
  --update roll nine nodes to a new image within their window, then to a bad one, which is taken back; as fast as it can be computed, without sockets
  --disaster lose two of three control-plane machines with their members of etcd, real processes, and restore the cluster from S3; without sockets
  --help   this text

Plain lines, where stdout is no terminal or NO_COLOR or CI is set.
`;

interface Settings {
  readonly speed: number;
  readonly seed: string;
  readonly port: number;
  readonly once: boolean;
  readonly chaos: boolean;
  readonly update: boolean;
  readonly disaster: boolean;
}

const { stdout } = process;
const interrupted = new AbortController();
// A second one changes nothing: what is left to do takes milliseconds. The code is the shell's for the signal.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    process.exitCode = code;
    interrupted.abort();
  });
}

const settings = readSettings();
if (settings) await main(settings);
// Nothing holds the process any more but what a broken clean-up would have left.
if (interrupted.signal.aborted) process.exit();

async function main({ seed, speed, port, once, chaos, update, disaster }: Settings): Promise<void> {
  try {
    await step('packaging the stack, unless nothing has changed', () => packageStack(interrupted.signal));
    if (chaos) {
      await playChaos(seed);
      return;
    }
    if (update) {
      await playUpdate(seed);
      return;
    }
    if (disaster) {
      await playDisaster(seed);
      return;
    }
    await tellStory(seed, once, speed, port);
  } catch (error) {
    if (interrupted.signal.aborted) return;
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function tellStory(seed: string, once: boolean, speed: number, port: number): Promise<void> {
  const release = await etcdHere();
  const deployed = (options: CloudOptions) =>
    step('starting the local cloud, and deploying to it by npx serverless deploy', () =>
      deployByServerless(options, interrupted.signal),
    );
  const story = await Story.prepare(seed, {}, release, deployed);
  say('cluster demo: 3 control-plane nodes, 2 workers, an NLB, a classic ELB');
  try {
    if (interrupted.signal.aborted) return;
    say('');
    if (once) await playOnce(story);
    else await playAndStay(story, speed, port);
  } finally {
    await story.close();
  }
}

/** The etcd that the control plane is to have; undefined, and said, where this machine has none. */
async function etcdHere(): Promise<EtcdRelease | undefined> {
  const obtained = await step('looking for etcd, fetching one where there is none', async () => obtainEtcd());
  if (obtained.release) return obtained.release;
  say(`  ${obtained.why}: what is about etcd is left out`);
  return undefined;
}

async function playChaos(seed: string): Promise<void> {
  const day = await step('starting the local cloud: cluster demo, 9 workers over 3 zones, looked at each minute', () =>
    ChaosDay.prepare(seed, say),
  );
  const outcomes = await day.play();
  const leftovers = day.leftovers();
  const lines = outcomes.map(
    ({ title, complaint, tookMs }) =>
      `  ${complaint === undefined ? '✓' : '✗'} ${title} (${duration(tookMs)})${complaint === undefined ? '' : `: ${complaint}`}`,
  );
  say('', 'The day:', ...lines, ...leftovers.map((what) => `  ✗ left behind: ${what}`));
  if (leftovers.length > 0 || outcomes.some(({ complaint }) => complaint !== undefined)) process.exitCode = 1;
}

async function playUpdate(seed: string): Promise<void> {
  const night = await step(
    'starting the local cloud: cluster demo, 9 workers over 3 zones, looked at each minute',
    () => UpdateNight.prepare(seed),
  );
  say('');
  const live = isLive(stdout, process.env);
  const outcomes = await night.play((board) => (live ? logUpdate(renderBoard(board)) : say(lineOf(board))));
  if (live) logUpdate.done();
  const leftovers = night.leftovers();
  const lines = outcomes.map(
    ({ title, outcome, remark, complaint, tookMs }) =>
      `  ${complaint === undefined ? '✓' : '✗'} ${title} (${duration(tookMs)}): ${outcome}: ${remark}`,
  );
  say('', 'The night:', ...lines, ...leftovers.map((what) => `  ✗ left behind: ${what}`));
  if (leftovers.length > 0 || outcomes.some(({ complaint }) => complaint !== undefined)) process.exitCode = 1;
}

async function playDisaster(seed: string): Promise<void> {
  const release = await etcdHere();
  if (!release) throw new Error('without etcd there is nothing to lose');
  const disaster = await step(
    'starting the local cloud: cluster demo, 2 workers, 3 control-plane machines with a real etcd on them',
    () => Disaster.prepare(seed, release, say),
  );
  const stop = () => void disaster.close();
  interrupted.signal.addEventListener('abort', stop, { once: true });
  try {
    say('');
    const { told, complaints } = await disaster.play();
    say('', 'The disaster:', ...told.map((line) => `  ✓ ${line}`), ...complaints.map((line) => `  ✗ ${line}`));
    if (complaints.length > 0) process.exitCode = 1;
  } finally {
    await disaster.close();
  }
}

async function playOnce(story: Story): Promise<void> {
  plainScreen(story, stdout);
  await story.playAtOnce();
  await conclude(story);
}

/** Plays at a speed that eyes can follow; the clock goes on until somebody ends it. */
async function playAndStay(story: Story, speed: number, port: number): Promise<void> {
  let doors: Doors | undefined;
  const { world } = story.deployment.cloud;
  const clock = world.pace(() => story.speedAt(speed), interrupted.signal);
  try {
    doors = await openDoors(story.cluster, port);
    const screen = isLive(stdout, process.env) ? liveScreen(story, stdout, speed) : plainScreen(story, stdout);
    story.begin();
    await Promise.race([clock, untilOver(story)]);
    screen.close();
    if (interrupted.signal.aborted) return;
    await conclude(story);
    say('', ...directions(doors, story.deployment.resource('NodeBootstrapMachine')));
    await clock;
  } finally {
    interrupted.abort();
    await doors?.close();
  }
}

async function untilOver(story: Story): Promise<void> {
  while (!story.isOver && !interrupted.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function conclude(story: Story): Promise<void> {
  await story.lookAtEtcd();
  const { board, ending, deployment, now, beganAt } = story;
  const departures = usageOf(deployment, 'departures');
  say('', ...summarize({ board, ending, usage: usageOf(deployment), departures, tookMs: now - beganAt }));
  if (complaintsAbout(ending).length > 0) process.exitCode = 1;
}

/** Says what is being done, does it, and says how long it took. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  stdout.write(`${what} … `);
  try {
    const result = await work();
    stdout.write(`${((performance.now() - from) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    stdout.write('failed\n');
    throw error;
  }
}

function say(...lines: readonly string[]): void {
  stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** undefined when there is nothing to play: the help was asked for, or an argument makes no sense. */
function readSettings(): Settings | undefined {
  try {
    const { values } = parseArgs({
      options: {
        speed: { type: 'string', default: '30' },
        seed: { type: 'string', default: '2' },
        port: { type: 'string', default: '0' },
        once: { type: 'boolean', default: false },
        chaos: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
        disaster: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      stdout.write(HELP);
      return undefined;
    }
    const { seed, once, chaos, update, disaster } = values;
    return {
      seed,
      once,
      chaos,
      update,
      disaster,
      speed: inRange('--speed', values.speed, 0.1, 1000),
      port: inRange('--port', values.port, 0, 65_535),
    };
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return undefined;
  }
}

function inRange(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} must be a number from ${least} to ${most}, not '${text}'`);
}
