import { Agent, get } from 'node:https';
import { createGunzip } from 'node:zlib';

/** A way to an API server. */
export interface ApiServerDoor {
  /** `https://127.0.0.1:40123` */
  readonly url: string;
  readonly certificateAuthority: string;
}

const PAGE_SIZE = 500;
/** The token of the next page is at the beginning of a page, in the metadata of the list. */
const TOKEN = /"continue":"([^"]*)"/;
const HEAD_BYTES = 4096;

/** Seconds to get a list page after page, as kubectl does, with gzip, and to unpack it; nothing is made of it. */
export async function bareTransfer({ url, certificateAuthority }: ApiServerDoor, path: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, ca: certificateAuthority });
  const startedAt = performance.now();
  let next: string | undefined = '';
  while (next !== undefined) {
    const token: string = next === '' ? '' : `&continue=${next}`;
    next = TOKEN.exec(await headOf(agent, `${url}${path}?limit=${PAGE_SIZE}${token}`))?.[1];
  }
  agent.destroy();
  return (performance.now() - startedAt) / 1000;
}

/** Reads an answer to its end, and keeps how it begins. */
async function headOf(agent: Agent, url: string): Promise<string> {
  const body = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    get(url, { agent, headers: { 'accept-encoding': 'gzip' } }, (message) =>
      resolve(message.headers['content-encoding'] === 'gzip' ? message.pipe(createGunzip()) : message),
    ).on('error', reject);
  });
  let head = '';
  for await (const chunk of body) if (head.length < HEAD_BYTES) head += chunk.toString('latin1', 0, HEAD_BYTES);
  return head;
}
