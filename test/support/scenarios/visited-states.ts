import type { FaultScenario } from './fault-scenario.ts';

/** States that make nothing and wait for nothing: between them and the next one there is no moment to press Stop in. */
const instant = /^(Succeed|Fail|Choice|Pass)$/;

/** The states of a workflow in which its executions have spent time, each once, in the order of the first visit. */
export function visitedStates({ deployment }: FaultScenario, workflow: string): string[] {
  const visited = deployment.executions(workflow).flatMap(({ revision, run }) =>
    run.history.flatMap((event) => {
      const name = event.stateEnteredEventDetails?.name;
      return name === undefined || instant.test(revision.machine.states.get(name)?.type ?? '') ? [] : [name];
    }),
  );
  return [...new Set(visited)];
}
