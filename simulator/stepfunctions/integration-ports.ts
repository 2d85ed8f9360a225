import type { FunctionInvoker } from '../cloud/ports.ts';
import type { Access, AwsCalls, Caller, Service } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { Outcome } from './engine.ts';
import type { Json } from './json.ts';

/** Throws AwsError `AccessDeniedException` (or the service's own denial) when the caller may not. */
export type Authorize = (caller: Caller, access: Access) => void;

/** A child execution of a task. */
export interface NestedExecution {
  readonly executionArn: string;
  /** Epoch milliseconds. */
  readonly startDate: number;
  readonly finished: Promise<Outcome>;
  /** What DescribeExecution says of it, members in PascalCase, Input and Output as texts. */
  describe(): { readonly [key: string]: Json };
  stop(cause: string): void;
}

/** What tasks need of the other parts of the cloud. */
export interface IntegrationPorts {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly functions: FunctionInvoker;
  readonly calls: AwsCalls;
  readonly authorize: Authorize;
  /** All services of the cloud, to know their operations and modelled errors. */
  readonly services: () => readonly Service[];
  /** Resolves when a task of ECS has stopped. */
  readonly taskFinished: (taskArn: string) => Promise<unknown>;
  /** @throws AwsError as StartExecution does. */
  readonly startNested: (stateMachineArn: string, input: string, name: string | undefined) => NestedExecution;
}

/** The machine's role as a caller. AWS names the session at random; here it is the execution, so that logs say who called. */
export function roleCaller(roleArn: string, account: string, executionName: string): Caller {
  const roleName = roleArn.split('/').at(-1) ?? roleArn;
  const session = executionName.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  return { arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${session}`, account, roleName, context: {} };
}
