import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { freePorts } from '../../src/processes/free-ports.ts';

/** Whether moto's server is here: `pip install 'moto[server]'`. */
export function hasMoto(): boolean {
  return spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0;
}

/** moto's server on a port of its own: one account of AWS, empty at first. */
export class MotoServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** @throws Error when it does not answer within a minute. */
  static async start(): Promise<MotoServer> {
    const [port] = await freePorts(1);
    const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const moto = new MotoServer(`http://127.0.0.1:${port}`, child);
    for (let tries = 0; tries < 300; tries += 1) {
      if (await moto.#answers()) return moto;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await moto.close();
    throw new Error('moto_server does not answer');
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await ended;
  }

  async #answers(): Promise<boolean> {
    const answer = await fetch(`${this.url}/moto-api/data.json`).catch(() => undefined);
    return answer?.ok ?? false;
  }
}
