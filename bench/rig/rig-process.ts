import { type ChildProcess, fork } from 'node:child_process';

/** A program of the rig that runs in a process of its own and is asked one thing after the other. */
export interface RigProcess {
  /** Sends a request and resolves to the answer. @throws Error when the process ends without one */
  ask<Answer>(request: object | string): Promise<Answer>;
  /** It ends when nobody is left to ask it. */
  stop(): void;
}

/** Starts it; whoever calls stops it. What it prints goes to stderr, since stdout belongs to the results. */
export function startRigProcess(file: string, environment: NodeJS.ProcessEnv = process.env): RigProcess {
  const child = fork(file, { stdio: ['ignore', 2, 2, 'ipc'], env: environment });
  return {
    ask: async <Answer>(request: object | string) => {
      const answered = nextMessage(child);
      child.send(request);
      return (await answered) as Answer;
    },
    stop: () => child.disconnect(),
  };
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of the rig ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}
