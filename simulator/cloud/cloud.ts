import { RestApis } from '../apigateway/rest-apis.ts';
import { apiGatewayService } from '../apigateway/service.ts';
import { Alarms } from '../cloudwatch/alarms.ts';
import { extractEmbeddedMetrics } from '../cloudwatch/embedded-metrics.ts';
import { type Metric, MetricStore } from '../cloudwatch/metric-store.ts';
import { cloudwatchService } from '../cloudwatch/service.ts';
import type { Ec2Timing } from '../ec2/timing.ts';
import { Containers } from '../ecs/containers.ts';
import { ecsService } from '../ecs/service.ts';
import { NodeGroups } from '../eks/node-groups.ts';
import { eksService } from '../eks/service.ts';
import type { Lag } from '../elbv2/load-balancing.ts';
import { EventBus } from '../eventbridge/event-bus.ts';
import { Schedules } from '../eventbridge/schedules.ts';
import { Authorizer } from '../iam/authorizer.ts';
import { Credentials } from '../iam/credentials.ts';
import { Roles } from '../iam/roles.ts';
import { iamService } from '../iam/service.ts';
import { Fleet } from '../instances/fleet.ts';
import { Keys } from '../kms/keys.ts';
import { kmsService } from '../kms/service.ts';
import { deliveryThrough } from '../lambda/delivery.ts';
import { EventSourceMappings } from '../lambda/event-source-mappings.ts';
import { FunctionUrls } from '../lambda/function-urls.ts';
import { Functions } from '../lambda/functions.ts';
import { roleCredentials } from '../lambda/role-credentials.ts';
import { lambdaService } from '../lambda/service.ts';
import type { SharedModules } from '../lambda/shared-modules.ts';
import { LogStore } from '../logs/log-store.ts';
import { logsService } from '../logs/service.ts';
import { Buckets } from '../s3/buckets.ts';
import { s3Service } from '../s3/service.ts';
import { Secrets } from '../secretsmanager/secrets.ts';
import { secretsManagerService } from '../secretsmanager/service.ts';
import { Topics } from '../sns/topics.ts';
import type { ServiceSender } from '../sqs/queue-policy.ts';
import { Queues } from '../sqs/queues.ts';
import { Commands } from '../ssm/commands.ts';
import { Documents } from '../ssm/documents.ts';
import { Parameters } from '../ssm/parameters.ts';
import { ssmService } from '../ssm/service.ts';
import { createStepFunctions, type StepFunctions } from '../stepfunctions/states-service.ts';
import { stsService } from '../sts/service.ts';
import { fleetResources } from '../tagging/fleet-resources.ts';
import { taggingService } from '../tagging/service.ts';
import { AwsFront } from '../wire/aws-front.ts';
import { Network } from '../wire/network.ts';
import { World, type WorldOptions } from '../world/world.ts';
import { Accounts } from './accounts.ts';
import { Dispatcher } from './dispatcher.ts';
import { managedMachines } from './managed-machines.ts';
import type { EventSink } from './ports.ts';
import { AwsError } from './service.ts';

/** What a cloud is made with; everything else has AWS's own defaults. */
export interface CloudOptions extends WorldOptions {
  readonly region?: string;
  readonly account?: string;
  readonly zones?: readonly string[];
  /** Whether load balancers lag as real ones do. Default `real`. */
  readonly lag?: Lag;
  readonly ec2Timing?: Partial<Ec2Timing>;
  /** Whether calls are throttled as AWS throttles them. Default `aws`. */
  readonly apiLimits?: 'aws' | 'none';
  /** Evaluated modules a function version has at most; see simulator/lambda. */
  readonly modulesPerVersion?: number;
  /** Modules of functions that outlive this world, which makes many small worlds cheap; see simulator/lambda. */
  readonly sharedModules?: SharedModules;
  /** A real directory whose programs functions may run, as those of a layer; see simulator/lambda. */
  readonly programs?: string;
  /** Whether CloudWatch's alarms are evaluated each minute. Default `awake`; `asleep` they are only kept. */
  readonly alarms?: 'awake' | 'asleep';
}

/** What a further account or region of a world is made with. */
export interface NeighbourOptions extends Omit<CloudOptions, keyof WorldOptions> {
  /** A cloud of the world: they have one clock, one network and one seed, and roles may trust each other. */
  readonly beside: Cloud;
}

/** One account in one region: every simulated service on one world, behind one front. */
export class Cloud {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly zones: readonly string[];
  readonly roles: Roles;
  readonly credentials: Credentials;
  readonly authorizer: Authorizer;
  readonly dispatcher: Dispatcher;
  /** AWS itself, as an HTTP host. */
  readonly front: AwsFront;
  /** Everything that can be reached by name: AWS, and the API servers that are attached. */
  readonly network: Network;
  /** All accounts and regions of this world. */
  readonly accounts: Accounts;
  readonly keys: Keys;
  readonly buckets: Buckets;
  readonly secrets: Secrets;
  readonly queues: Queues;
  readonly topics: Topics;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly functions: Functions;
  readonly states: StepFunctions;
  readonly events: EventBus;
  readonly fleet: Fleet;
  readonly nodeGroups: NodeGroups;
  readonly containers: Containers;
  readonly parameters: Parameters;

  /** @throws Error when the world has a cloud of that account and region already. */
  constructor(options: CloudOptions | NeighbourOptions) {
    const beside = 'beside' in options ? options.beside : undefined;
    const world = 'beside' in options ? options.beside.world : new World(options);
    const region = options.region ?? 'us-east-1';
    const account = options.account ?? '111111111111';
    this.world = world;
    this.region = region;
    this.account = account;
    this.zones = options.zones ?? ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
    const place = { world, region, account };

    this.accounts = beside?.accounts ?? new Accounts();
    this.roles = new Roles(world, account, beside?.roles);
    this.credentials = new Credentials(world, account, beside?.credentials);
    this.authorizer = new Authorizer(world, this.roles);
    this.dispatcher = new Dispatcher({
      ...place,
      authorizer: this.authorizer,
      throttles: options.apiLimits !== 'none',
    });
    this.front = new AwsFront(this.dispatcher, this.credentials, this.accounts);
    this.network = beside?.network ?? new Network(this.front);
    const calls = this.dispatcher;
    // The bus needs what it delivers to, and what it delivers to puts events on it.
    const events: EventSink = { put: (event) => this.events.put(event) };

    this.keys = new Keys({ ...place, authorizer: this.authorizer });
    this.buckets = new Buckets(world, account);
    this.secrets = new Secrets(world, region, account);
    this.logs = new LogStore(world);
    this.metrics = new MetricStore(world);
    extractEmbeddedMetrics(this.logs, this.metrics);
    this.queues = new Queues(world, place);
    this.functions = new Functions({
      ...place,
      network: this.network,
      credentials: roleCredentials(this.credentials, region),
      logs: this.logs,
      metrics: this.metrics,
      deliver: deliveryThrough(calls),
      ...(options.modulesPerVersion !== undefined && { modulesPerVersion: options.modulesPerVersion }),
      ...(options.sharedModules && { sharedModules: options.sharedModules }),
      ...(options.programs !== undefined && { programs: options.programs }),
    });
    this.containers = new Containers({
      ...place,
      authorizer: this.authorizer,
      credentials: this.credentials,
      logs: this.logs,
    });
    this.topics = new Topics({ ...place, queues: this.queues, functions: this.functions });
    this.states = createStepFunctions({
      ...place,
      functions: this.functions,
      calls,
      events,
      metrics: this.metrics,
      authorize: (caller, access) => {
        const refusal = this.authorizer.refusal(caller, access);
        if (refusal !== undefined) throw new AwsError('AccessDeniedException', refusal, { status: 403 });
      },
      services: () => calls.services(),
      taskFinished: (arn) => this.containers.finished(arn),
    });
    const delivery = {
      ...place,
      functions: this.functions,
      executions: this.states,
      queues: this.queues,
      topics: this.topics,
      calls,
      authorizer: this.authorizer,
      busOf: (arn: string) => this.accounts.bus(arn),
    };
    this.events = new EventBus(delivery);
    this.accounts.add(this);
    this.parameters = new Parameters(world, place, this.keys);
    this.fleet = new Fleet({
      ...place,
      events,
      aws: calls,
      network: this.network,
      notify: (targetArn, body) => this.#notify(targetArn, body),
      roleOfProfile: (profile) => this.roles.findInstanceProfile(profile)?.roleName,
      parameter: (name) => this.parameters.valueOf(name),
      lag: options.lag ?? 'real',
      ...(options.ec2Timing && { ec2Timing: options.ec2Timing }),
    });
    this.nodeGroups = new NodeGroups(world, this.fleet, place);
    const documents = new Documents(world);
    const commands = new Commands(world, documents, managedMachines(this.fleet.instances), events);
    const mappings = new EventSourceMappings({
      world,
      region,
      queues: this.queues,
      invoke: (arn, payload) => this.functions.invoke(arn, payload),
    });
    const alarms = new Alarms({
      ...place,
      metrics: this.metrics,
      events,
      sample: (metric) => this.#sample(metric),
      asleep: options.alarms === 'asleep',
      deliver: async (topicArn, message, subject) =>
        this.topics.publishAsService(topicArn, { message, subject }, this.#serviceAs('cloudwatch', 'alarm:*')),
    });
    const attach: Network['attach'] = (host, endpoint) => this.network.attach(host, endpoint);
    const urls = new FunctionUrls({ ...place, functions: this.functions, attach });
    const apis = new RestApis({
      ...place,
      attach,
      invoke: (arn, payload, sender) => this.functions.invokeFor(arn, payload, sender),
    });
    for (const service of [
      ...this.fleet.services,
      eksService(this.nodeGroups),
      ecsService(this.containers),
      apiGatewayService(apis),
      taggingService(() => fleetResources(this.fleet, { region, account })),
      iamService(this.roles, this.authorizer),
      stsService({ world, roles: this.roles, credentials: this.credentials }),
      kmsService(world, this.keys),
      s3Service({ buckets: this.buckets, keys: this.keys, authorizer: this.authorizer }),
      secretsManagerService(this.secrets, this.keys),
      ssmService(this.parameters, documents, commands),
      this.queues.service,
      this.topics.service,
      logsService(this.logs),
      cloudwatchService(this.metrics, alarms),
      lambdaService(this.functions, mappings, { urls }),
      this.states.service,
      this.events.service,
      new Schedules(delivery).service,
    ]) {
      this.dispatcher.register(service);
    }
  }

  /** Calls AWS as the operator, a person with administrator rights. The world must be driven meanwhile. */
  operate<Output = Record<string, unknown>>(prefix: string, operation: string, input: object): Promise<Output> {
    return this.dispatcher.call(prefix, operation, input, this.credentials.operator) as Promise<Output>;
  }

  // SQS says each minute how many messages lie there, of every queue that was used lately; here, of those that somebody looks at.
  #sample({ namespace, name, dimensions }: Metric): void {
    if (namespace !== 'AWS/SQS' || name !== 'ApproximateNumberOfMessagesVisible') return;
    const visible = this.queues.find(dimensions.QueueName ?? '')?.describe().ApproximateNumberOfMessages;
    if (visible !== undefined) this.metrics.put({ namespace, name, dimensions, value: Number(visible), unit: 'Count' });
  }

  #serviceAs(service: string, source: string): ServiceSender {
    return {
      principal: `${service}.amazonaws.com`,
      sourceArn: `arn:aws:${service}:${this.region}:${this.account}:${source}`,
      sourceAccount: this.account,
    };
  }

  #notify(targetArn: string, body: string): void {
    const sender = this.#serviceAs('autoscaling', 'autoScalingGroup:*');
    if (targetArn.split(':')[2] === 'sns') this.topics.publishAsService(targetArn, { message: body }, sender);
    else this.queues.sendAsService(targetArn, { body }, sender);
  }
}
