import { resolve } from 'node:path';
import { Cloud, type CloudOptions } from '../simulator/cloud/cloud.ts';
import { readServerlessPackage, type ServerlessPackage } from '../simulator/cloudformation/serverless-package.ts';
import { createStack, updateStack } from '../simulator/cloudformation/stack.ts';
import type { StackTargets } from '../simulator/cloudformation/stack-targets.ts';
import type { Stack } from '../simulator/cloudformation/stack-types.ts';
import type { Template } from '../simulator/cloudformation/template.ts';
import type { ExecutionRecord } from '../simulator/stepfunctions/executions.ts';

const packageFolder = resolve(import.meta.dirname, '..', '.serverless');
/** Read once in a process: hundreds of small worlds are deployed from it, and all from the same one. */
let packaged: ServerlessPackage | undefined;
let unaudited: ServerlessPackage['template'] | undefined;

/** What a deployment is made with. */
export interface DeploymentOptions extends CloudOptions {
  /** Resources that a stage's parameters would add to the template. */
  readonly moreResources?: ServerlessPackage['template']['Resources'];
  /** Whether functions keep records of what they change: a request more for each that does. Default true. */
  readonly audited?: boolean;
}

/** Tender as `serverless package` has written it, deployed into a local cloud. */
export class LocalDeployment {
  readonly cloud: Cloud;
  /** What stands now. */
  stack: Stack;

  private constructor(cloud: Cloud, stack: Stack) {
    this.cloud = cloud;
    this.stack = stack;
  }

  /**
   * Makes a cloud and deploys the package into it. Nothing is wired by hand: what runs is what would be deployed.
   * @throws Error when there is no package: `npm run package` makes it.
   */
  static async create({ moreResources, audited = true, ...options }: DeploymentOptions): Promise<LocalDeployment> {
    const cloud = new Cloud(options);
    packaged ??= remembering(readServerlessPackage(packageFolder));
    const { artifact } = packaged;
    unaudited ??= withoutAudit(packaged.template);
    const whole = audited ? packaged.template : unaudited;
    const template = moreResources ? { ...whole, Resources: { ...whole.Resources, ...moreResources } } : whole;
    const stack = await driven(cloud, () => createStack({ name: 'tender-dev', template }, targetsOf(cloud, artifact)));
    return new LocalDeployment(cloud, stack);
  }

  /** A stack that was deployed into a cloud by other means: by `serverless deploy`, say. */
  static of(cloud: Cloud, stack: Stack): LocalDeployment {
    return new LocalDeployment(cloud, stack);
  }

  /** The physical id of a resource of the stack: a bucket's name, a queue's URL, a machine's ARN. */
  resource(logicalId: string): string {
    const resource = this.stack.resources.get(logicalId);
    if (!resource) throw new Error(`the stack has no resource ${logicalId}`);
    return resource.physicalId;
  }

  /** Executions of one workflow (`node-bootstrap`), oldest first. */
  executions(workflow: string): readonly ExecutionRecord[] {
    return this.cloud.states.executions().filter(({ stateMachine }) => stateMachine.name.endsWith(`-${workflow}`));
  }

  /** Takes the schedule away: nothing starts by itself any more but what an event starts. */
  async stopSchedules(): Promise<void> {
    const Name = this.resource('DueWorkTick');
    await driven(this.cloud, () => this.cloud.operate('scheduler', 'DeleteSchedule', { Name }));
  }

  /** Starts a workflow by hand, as from the console; returns the execution's ARN. */
  start(logicalId: string, input: object, name?: string): string {
    return this.cloud.states.start(this.resource(logicalId), input, name).executionArn;
  }
}

/** Brings a deployment to another template, whose archives are asked for first, and then those of the package. */
export async function updateDeployment(
  deployment: LocalDeployment,
  template: Template,
  archives: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const { cloud, stack } = deployment;
  const targets = targetsOf(cloud, (key) => archives.get(key) ?? packaged?.artifact(key));
  deployment.stack = await driven(cloud, () => updateStack(stack, { template }, targets));
}

function targetsOf(
  { world, region, account, zones, dispatcher, credentials }: Cloud,
  artifact: StackTargets['artifact'],
): StackTargets {
  const caller = credentials.operator;
  return { world, calls: dispatcher, caller, region, account, availabilityZones: zones, artifact };
}

/** The template without the setting that has functions keep records. */
function withoutAudit(template: ServerlessPackage['template']): ServerlessPackage['template'] {
  const text = JSON.stringify(template).replaceAll('"AUDIT_BUCKET":{"Ref":"StateBucket"}', '"AUDIT_BUCKET":""');
  return JSON.parse(text) as ServerlessPackage['template'];
}

function remembering({ template, artifact }: ServerlessPackage): ServerlessPackage {
  const read = new Map<string, Uint8Array | undefined>();
  return {
    template,
    artifact: (key) => {
      if (!read.has(key)) read.set(key, artifact(key));
      return read.get(key);
    },
  };
}

/** Lets the world go on until the work is done. */
export async function driven<T>(cloud: Cloud, work: () => Promise<T>): Promise<T> {
  let done = false;
  const result = work().finally(() => {
    done = true;
  });
  // Whoever awaits the result sees its error; here it only ends the wait.
  result.catch(() => undefined);
  await cloud.world.until('what was asked for is done', () => done);
  return result;
}
