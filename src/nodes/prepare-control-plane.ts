import { createHash } from 'node:crypto';
import { certificateKeyName, clusterTag, instanceArnTag } from './names.ts';
import type { Instance, JoinParameters, RandomText } from './ports.ts';
import type { CertificateUploads, ControlPlane, ControlPlaneTurn, ControlPlaneTurns } from './turn-ports.ts';

interface PreparePorts {
  readonly turns: ControlPlaneTurns;
  readonly controlPlane: ControlPlane;
  readonly uploads: CertificateUploads;
  readonly parameters: JoinParameters;
  readonly randomText: RandomText;
}

/** Who wants to join. */
export interface Joiner {
  readonly cluster: string;
  readonly instanceId: string;
  /** The execution's ARN. */
  readonly execution: string;
}

/** Whether an instance may be offered its join, or why not yet. */
export interface Preparation {
  readonly ready: boolean;
  /** For people; empty when it is ready. */
  readonly why: string;
  readonly lookAgainSeconds: number;
}

/** kubeadm deletes the Secret after two hours. */
const UPLOAD_LASTS_MS = 90 * 60_000;
const AFTER_A_COMMAND = 5;
const IN_LINE = 30;

/**
 * One step of what has to be there before a control-plane instance can join: its turn, since there is one Secret with certificates and one learner at a time;
 * an etcd that can take a member; and the certificates, encrypted with a key of this join alone, uploaded by a node of the control plane.
 *
 * The key goes to that node in a parameter that only it can read (S41), and travels through no command and no history. It can run again: the turn says how far
 * it was. A turn whose execution runs no more is taken over.
 */
export async function prepareControlPlane(joiner: Joiner, ports: PreparePorts, now: Date): Promise<Preparation> {
  const found = await ports.turns.read(joiner.cluster);
  if (found && found.turn.owner !== joiner.execution && (await ports.controlPlane.isRunning(found.turn.owner)))
    return notYet(`${found.turn.instanceId} joins the control plane, and they join one by one`, IN_LINE);
  const room = await ports.controlPlane.hasRoom(joiner.instanceId);
  const mine = found?.turn.owner === joiner.execution ? found.turn : newTurn(joiner, now);
  const save = async (turn: ControlPlaneTurn, otherwise: Preparation) =>
    (await ports.turns.write(turn, found?.etag)) === 'written' ? otherwise : notYet('somebody else was faster', 5);
  if (!room.ready) return save(mine, notYet(room.why, IN_LINE));
  if (mine.uploadedAt !== undefined && now.getTime() - Date.parse(mine.uploadedAt) < UPLOAD_LASTS_MS)
    return { ready: true, why: '', lookAgainSeconds: 0 };
  if (mine.uploader === undefined || mine.uploadedAt !== undefined) return choose(mine, ports, save);
  if (mine.commandId === undefined) return send(mine, mine.uploader, ports, save);
  return lookAt(mine, mine.uploader, mine.commandId, ports, save, now);
}

type Save = (turn: ControlPlaneTurn, otherwise: Preparation) => Promise<Preparation>;

function newTurn({ cluster, instanceId, execution }: Joiner, now: Date): ControlPlaneTurn {
  return { cluster, instanceId, owner: execution, takenAt: now.toISOString(), attempts: 0 };
}

/** Each attempt asks another node. Noted before it is asked, so that nobody forgets who may have been. */
async function choose(turn: ControlPlaneTurn, { controlPlane }: PreparePorts, save: Save): Promise<Preparation> {
  const others = await controlPlane.others(turn.instanceId);
  const sorted = others.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const uploader = sorted[turn.attempts % Math.max(1, sorted.length)]?.instanceId;
  if (uploader === undefined) return save(turn, notYet('no node of the control plane is in service', IN_LINE));
  const { commandId: _, uploadedAt: __, ...rest } = turn;
  return save({ ...rest, uploader, attempts: turn.attempts + 1 }, notYet(`${uploader} is to upload certificates`, 1));
}

/** A key that is there already may be in use: with another one what was uploaded could not be read. */
async function send(turn: ControlPlaneTurn, uploader: string, ports: PreparePorts, save: Save): Promise<Preparation> {
  const { controlPlane, parameters, uploads, randomText } = ports;
  const instance = (await controlPlane.others(turn.instanceId)).find((one) => one.instanceId === uploader);
  if (!instance) return another(turn, `${uploader} is not in service any more`, save);
  const name = certificateKeyName(turn.cluster, turn.instanceId);
  await parameters.create(name, newKey(randomText), tagsFor(turn.cluster, instance));
  const commandId = await uploads.send(uploader, name);
  if (commandId === undefined) return afterFailure(turn, `${uploader} takes no commands`, ports, save);
  return save({ ...turn, commandId }, notYet(`${uploader} uploads certificates`, AFTER_A_COMMAND));
}

async function lookAt(
  turn: ControlPlaneTurn,
  uploader: string,
  commandId: string,
  ports: PreparePorts,
  save: Save,
  now: Date,
): Promise<Preparation> {
  const { status, errors } = await ports.uploads.result(commandId, uploader);
  switch (status) {
    case 'Success':
      return save({ ...turn, uploadedAt: now.toISOString() }, { ready: true, why: '', lookAgainSeconds: 0 });
    case 'Pending':
    case 'InProgress':
    case 'Unknown':
      return notYet(`${uploader} uploads certificates (${status})`, AFTER_A_COMMAND);
    default:
      return afterFailure(
        turn,
        `${uploader} could not upload certificates (${status}): ${errors.slice(0, 300)}`,
        ports,
        save,
      );
  }
}

/** The next node gets another key: the parameter is for one node's eyes only. */
async function afterFailure(
  turn: ControlPlaneTurn,
  why: string,
  { parameters }: PreparePorts,
  save: Save,
): Promise<Preparation> {
  await parameters.delete(certificateKeyName(turn.cluster, turn.instanceId));
  return another(turn, why, save);
}

function another(turn: ControlPlaneTurn, why: string, save: Save): Promise<Preparation> {
  const { uploader: _, commandId: __, ...rest } = turn;
  return save(rest, notYet(why, IN_LINE));
}

/** 32 bytes in hexadecimal, as kubeadm wants an AES key. */
function newKey(randomText: RandomText): string {
  return createHash('sha256').update(randomText(64)).digest('hex');
}

function tagsFor(cluster: string, { arn }: Instance): Readonly<Record<string, string>> {
  return { [clusterTag]: cluster, [instanceArnTag]: arn };
}

function notYet(why: string, lookAgainSeconds: number): Preparation {
  return { ready: false, why, lookAgainSeconds };
}
