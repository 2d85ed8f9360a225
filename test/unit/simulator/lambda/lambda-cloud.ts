import { zipSync } from 'fflate';
import { Dispatcher } from '../../../../simulator/cloud/dispatcher.ts';
import { Authorizer } from '../../../../simulator/iam/authorizer.ts';
import { Credentials } from '../../../../simulator/iam/credentials.ts';
import { Roles } from '../../../../simulator/iam/roles.ts';
import { iamService } from '../../../../simulator/iam/service.ts';
import { deliveryThrough } from '../../../../simulator/lambda/delivery.ts';
import { EventSourceMappings } from '../../../../simulator/lambda/event-source-mappings.ts';
import { Functions } from '../../../../simulator/lambda/functions.ts';
import { roleCredentials } from '../../../../simulator/lambda/role-credentials.ts';
import { lambdaService } from '../../../../simulator/lambda/service.ts';
import { LogStore } from '../../../../simulator/logs/log-store.ts';
import { logsService } from '../../../../simulator/logs/service.ts';
import { Queues } from '../../../../simulator/sqs/queues.ts';
import { AwsFront } from '../../../../simulator/wire/aws-front.ts';
import { Network } from '../../../../simulator/wire/network.ts';
import { World } from '../../../../simulator/world/world.ts';
import { bundle } from './lambda-under-test.ts';

const account = '111111111111';
const region = 'us-east-1';

/** Lambda among the services it works with: IAM, SQS, CloudWatch Logs, and the wire. */
export class LambdaCloud {
  readonly world = new World({ seed: 1 });
  readonly roles = new Roles(this.world, account);
  readonly credentials = new Credentials(this.world, account);
  readonly queues = new Queues(this.world, { account, region });
  readonly logs = new LogStore(this.world);
  readonly dispatcher: Dispatcher;
  readonly functions: Functions;

  constructor() {
    const { world, roles, credentials, queues, logs } = this;
    const authorizer = new Authorizer(world, roles);
    const dispatcher = new Dispatcher({ world, region, account, authorizer });
    this.dispatcher = dispatcher;
    this.functions = new Functions({
      world,
      region,
      account,
      logs,
      network: new Network(new AwsFront(dispatcher, credentials)),
      credentials: roleCredentials(credentials, region),
      deliver: deliveryThrough(dispatcher),
    });
    const mappings = new EventSourceMappings({
      world,
      region,
      queues,
      invoke: (arn, payload) => this.functions.invoke(arn, payload),
    });
    for (const service of [
      lambdaService(this.functions, mappings),
      iamService(roles, authorizer),
      queues.service,
      logsService(logs),
    ]) {
      dispatcher.register(service);
    }
  }

  /** Calls as the operator and lets time pass until the answer is there. */
  async call<Output = Record<string, unknown>>(prefix: string, operation: string, input: object): Promise<Output> {
    const answer = this.dispatcher.call(prefix, operation, input, this.credentials.operator);
    let done = false;
    const watch = (): void => {
      done = true;
    };
    answer.then(watch, watch);
    await this.world.until(`${operation} is answered`, () => done);
    return (await answer) as Output;
  }

  /** Creates a function whose role may do these actions. */
  async create(name: string, source: string, actions: readonly string[] = [], settings: object = {}): Promise<void> {
    const trust = {
      Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    };
    await this.call('iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
    if (actions.length > 0) {
      const PolicyDocument = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
      await this.call('iam', 'PutRolePolicy', { RoleName: name, PolicyName: 'p', PolicyDocument });
    }
    await this.call('lambda', 'CreateFunction', {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Role: `arn:aws:iam::${account}:role/${name}`,
      Handler: 'functions/it.handler',
      Code: { ZipFile: await zipOf(source) },
      Timeout: 30,
      ...settings,
    });
  }
}

/** A deployment package of one bundled function. */
export async function zipOf(source: string): Promise<Uint8Array> {
  const text = (await bundle(source)).file('functions/it.mjs') ?? '';
  return zipSync({ 'functions/it.mjs': Buffer.from(text) });
}
