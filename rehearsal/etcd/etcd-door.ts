import { once } from 'node:events';
import { type RequestOptions, request } from 'node:https';
import { json } from 'node:stream/consumers';

/** Where a member is and who asks, PEM. */
export interface DoorKeys {
  readonly url: string;
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

/** What a member says of itself. Ids are decimal, `0` is nobody. */
export interface DoorStatus {
  readonly memberId: string;
  readonly leaderId: string;
  readonly revision: number;
  readonly isLearner: boolean;
}

interface StatusAnswer {
  readonly header?: Header;
  readonly leader?: string;
  readonly isLearner?: boolean;
}

interface ListedByDoor {
  readonly name?: string;
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}

interface Header {
  readonly member_id?: string;
  readonly revision?: string;
}

const TIMEOUT_MS = 10_000;

/**
 * A member of etcd as anybody reaches it who has a certificate, by etcd's own JSON gateway (`/v3`). What plays a cluster writes and counts through
 * it, so that what Tender's client says is not taken on its own word.
 */
export class EtcdDoor {
  readonly #keys: DoorKeys;

  constructor(keys: DoorKeys) {
    this.#keys = keys;
  }

  async status(): Promise<DoorStatus> {
    const answer = await this.#ask<StatusAnswer>('maintenance/status', {});
    const { header = {}, leader = '0', isLearner = false } = answer;
    return { memberId: header.member_id ?? '0', leaderId: leader, revision: Number(header.revision ?? 0), isLearner };
  }

  async put(key: string, value: string): Promise<void> {
    await this.#ask('kv/put', { key: base64(key), value: base64(value) });
  }

  /** How many keys begin like this. */
  async count(prefix: string): Promise<number> {
    const end = Buffer.from(prefix);
    end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
    const range = { key: base64(prefix), range_end: end.toString('base64'), count_only: true };
    return Number((await this.#ask<{ count?: string }>('kv/range', range)).count ?? 0);
  }

  /** How many vote; learners do not. */
  async voters(): Promise<number> {
    return (await this.#members()).filter(({ isLearner }) => !isLearner).length;
  }

  /** Names of the members that have told, by this one's list, where clients find them. A learner refuses to say. */
  async published(): Promise<readonly string[]> {
    return (await this.#members()).flatMap(({ name, clientURLs = [] }) =>
      name && clientURLs.length > 0 ? [name] : [],
    );
  }

  /** Adds a learner and gives its id. @throws Error when etcd does not want one now */
  async addLearner(peerUrl: string): Promise<string> {
    const answer = await this.#ask<{ member?: { ID?: string } }>('cluster/member/add', {
      peerURLs: [peerUrl],
      isLearner: true,
    });
    return answer.member?.ID ?? '';
  }

  /** @throws Error while the learner is behind */
  async promote(memberId: string): Promise<void> {
    await this.#ask('cluster/member/promote', { ID: memberId });
  }

  async #members(): Promise<readonly ListedByDoor[]> {
    return (await this.#ask<{ members?: readonly ListedByDoor[] }>('cluster/member/list', {})).members ?? [];
  }

  async #ask<Answer>(path: string, body: object): Promise<Answer> {
    const { url, certificateAuthority: ca, certificate: cert, key } = this.#keys;
    const options: RequestOptions = { method: 'POST', ca, cert, key, agent: false, timeout: TIMEOUT_MS };
    const asked = request(new URL(`/v3/${path}`, url), options);
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer within ${TIMEOUT_MS / 1000} s`)));
    asked.end(JSON.stringify(body));
    const [response] = await once(asked, 'response');
    const answer = (await json(response)) as Answer & { readonly error?: string };
    if (response.statusCode !== 200) throw new Error(`${path}: ${answer.error ?? response.statusCode}`);
    return answer;
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
