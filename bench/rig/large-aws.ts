// A process of its own: AWS around a large cluster, over TLS. EC2, Auto Scaling and target groups answer from XML that is written once, as AWS writes it: they grow with
// the cluster. Everything else that a health pass asks (S3, Parameter Store, Secrets Manager, SNS, Step Functions, STS) is the local cloud's.
// Its parent asks it for what AwsRequest names, one thing after the other.

import { driven } from '../../rehearsal/local-deployment.ts';
import { Cloud } from '../../simulator/cloud/cloud.ts';
import type { HttpEndpoint, HttpRequest, HttpResponse } from '../../simulator/wire/http.ts';
import { listen } from '../../simulator/wire/http-server.ts';
import { ACCOUNT, groupNames, hex, isAmongSick, placeOf } from './large-cluster.ts';
import { stencil } from './stencil.ts';

/** What the process is asked, and what it answers. */
export type AwsRequest =
  | {
      /** {@link AwsEnvironment}, with the cluster `large` in the registry. */
      readonly listen: { readonly key: string; readonly cert: string };
      readonly nodes: number;
      /** Private addresses of each instance, as network plugins that give pods addresses of the VPC take them. */
      readonly addresses: number;
      /** Fields of the registry entry; `secretArn` of its auth is filled in. */
      readonly entry: Readonly<Record<string, unknown>>;
    }
  /** `{requests, bytes}` since it was last asked. */
  | 'traffic';

/** What a function needs in its environment to work with this AWS. */
export interface AwsEnvironment {
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly STATE_BUCKET: string;
  readonly ALARM_TOPIC: string;
  readonly STATE_MACHINE_NODE_REPAIR_ARN: string;
}

/** Of target groups that say how the first nodes are; a target group takes 1,000 at most. */
const TARGETS = 1000;
const PAGE = 1000;
const RESERVATION = 5;
const LAUNCHED = '2026-10-02T09:12:51.000Z';

let traffic = { requests: 0, bytes: 0 };

process.on('message', (request: AwsRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: AwsRequest): Promise<void> {
  if (request === 'traffic') {
    process.send?.(traffic);
    traffic = { requests: 0, bytes: 0 };
    return;
  }
  const cloud = new Cloud({ seed: 1, apiLimits: 'none' });
  const made = await driven(cloud, () => prepare(cloud, request.entry));
  const large = largeAnswers(request.nodes, request.addresses);
  const endpoint: HttpEndpoint = {
    async handle(asked, origin) {
      const given = large(asked) ?? (await cloud.front.handle(asked, origin));
      traffic.requests += 1;
      if (given.body instanceof Uint8Array) traffic.bytes += given.body.length;
      return given;
    },
  };
  const { url } = await listen({ endpoint, tls: request.listen });
  const environment: AwsEnvironment = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: 'AKIAOPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
    ...made,
  };
  process.send?.(environment);
}

async function prepare(cloud: Cloud, entry: Readonly<Record<string, unknown>>) {
  await cloud.operate('s3', 'CreateBucket', { Bucket: 'large-state' });
  const secret = { Name: 'large-token', SecretString: 'a-token-that-the-rig-does-not-look-at' };
  const { ARN } = await cloud.operate<{ ARN: string }>('secretsmanager', 'CreateSecret', secret);
  const { TopicArn } = await cloud.operate<{ TopicArn: string }>('sns', 'CreateTopic', { Name: 'large-alarms' });
  const kubernetes = { ...(entry.kubernetes as object), auth: { kind: 'token', secretArn: ARN } };
  await cloud.operate('ssm', 'PutParameter', {
    Name: '/tender/clusters/large',
    Type: 'String',
    Tier: 'Intelligent-Tiering',
    Value: JSON.stringify({ ...entry, kubernetes }),
  });
  return {
    STATE_BUCKET: 'large-state',
    ALARM_TOPIC: TopicArn,
    // No execution is started while a breaker is open.
    STATE_MACHINE_NODE_REPAIR_ARN: `arn:aws:states:${cloud.region}:${ACCOUNT}:stateMachine:tender-dev-node-repair`,
  };
}

/** What answers for the services that grow with the cluster; undefined is for the others. */
function largeAnswers(nodes: number, addresses: number): (request: HttpRequest) => HttpResponse | undefined {
  const instances = Array.from({ length: Math.ceil(nodes / PAGE) }, (_, page) => instancesPage(page, nodes, addresses));
  const groups = xml(groupsAnswer(nodes));
  const health = xml(targetHealthAnswer(Math.min(nodes, TARGETS)));
  return (request) => {
    const service = /Credential=[^,]*\/(\w+)\/aws4_request/.exec(request.headers.authorization ?? '')?.[1];
    if (service !== 'ec2' && service !== 'autoscaling' && service !== 'elasticloadbalancing') return undefined;
    const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
    switch (form.get('Action')) {
      case 'DescribeInstances':
        return instances[Number(form.get('NextToken') ?? 0)];
      case 'DescribeInstanceStatus':
        return xml(answered('DescribeInstanceStatus', EC2, '<instanceStatusSet/>'));
      case 'DescribeAutoScalingGroups':
        return groups;
      case 'DescribeInstanceRefreshes':
        return xml(result('DescribeInstanceRefreshes', AUTO_SCALING, '<InstanceRefreshes/>'));
      case 'DescribeTargetHealth':
        return health;
      default:
        return undefined;
    }
  };
}

const EC2 = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const AUTO_SCALING = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';
const REQUEST_ID = '6a1f0c2e-93b0-4c26-9d0c-3f6f1d1f6a55';

function xml(text: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body: Buffer.from(text) };
}

function answered(action: string, namespace: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${namespace}"><requestId>${REQUEST_ID}</requestId>${content}</${action}Response>`;
}

function result(action: string, namespace: string, content: string): string {
  return `<${action}Response xmlns="${namespace}"><${action}Result>${content}</${action}Result><ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></${action}Response>`;
}

function instancesPage(page: number, nodes: number, addresses: number): HttpResponse {
  const from = page * PAGE;
  const end = Math.min(nodes, from + PAGE);
  const reservations: string[] = [];
  for (let first = from; first < end; first += RESERVATION) {
    const some = Array.from({ length: Math.min(RESERVATION, end - first) }, (_, index) =>
      instanceXml(first + index, addresses),
    );
    reservations.push(
      `<item><reservationId>r-${hex('reservation', first, 17)}</reservationId><ownerId>${ACCOUNT}</ownerId><groupSet/><instancesSet>${some.join('')}</instancesSet><requesterId>${ACCOUNT}</requesterId></item>`,
    );
  }
  const next = end < nodes ? `<nextToken>${page + 1}</nextToken>` : '';
  return xml(answered('DescribeInstances', EC2, `<reservationSet>${reservations.join('')}</reservationSet>${next}`));
}

function instanceXml(index: number, addresses: number): string {
  const place = placeOf(index);
  const others = Array.from(
    { length: addresses - 1 },
    (_, one) =>
      `<item><privateIpAddress>10.200.${one}.${index & 255}</privateIpAddress><privateDnsName>ip-10-200-${one}-${index & 255}.ec2.internal</privateDnsName><primary>false</primary></item>`,
  );
  return instanceOf({
    ...place,
    others: others.join(''),
    token: hex('client token', index, 32),
    volume: hex('volume', index, 17),
    interface: hex('interface', index, 17),
    attachment: hex('attachment', index, 17),
    mac: (hex('mac', index, 10).match(/../g) ?? []).join(':'),
  });
}

const tag = (key: string, value: string) => `<item><key>${key}</key><value>${value}</value></item>`;
const TAGS = [
  tag('Name', '@group@'),
  tag('aws:autoscaling:groupName', '@group@'),
  tag('aws:ec2launchtemplate:id', 'lt-0a1b2c3d4e5f60718'),
  tag('aws:ec2launchtemplate:version', '7'),
  tag('kubernetes.io/cluster/large', 'owned'),
  tag('tender:cluster', 'large'),
  tag('tender:role', 'worker'),
  tag('team', 'platform'),
].join('');
const SECURITY_GROUPS =
  '<groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>large-nodes</groupName></item><item><groupId>sg-0fedcba9876543210</groupId><groupName>large-shared</groupName></item></groupSet>';
const NETWORK_INTERFACE = `<item><networkInterfaceId>eni-@interface@</networkInterfaceId><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><description/><ownerId>${ACCOUNT}</ownerId><status>in-use</status><macAddress>0a:@mac@</macAddress><privateIpAddress>@address@</privateIpAddress><privateDnsName>@name@</privateDnsName><sourceDestCheck>false</sourceDestCheck>${SECURITY_GROUPS}<attachment><attachmentId>eni-attach-@attachment@</attachmentId><deviceIndex>0</deviceIndex><networkCardIndex>0</networkCardIndex><status>attached</status><attachTime>${LAUNCHED}</attachTime><deleteOnTermination>true</deleteOnTermination></attachment><privateIpAddressesSet><item><privateIpAddress>@address@</privateIpAddress><privateDnsName>@name@</privateDnsName><primary>true</primary></item>@others@</privateIpAddressesSet><ipv6AddressesSet/><interfaceType>interface</interfaceType><operator><managed>false</managed></operator></item>`;
const blockDevice = (device: string) =>
  `<item><deviceName>${device}</deviceName><ebs><volumeId>vol-@volume@</volumeId><status>attached</status><attachTime>${LAUNCHED}</attachTime><deleteOnTermination>true</deleteOnTermination><operator><managed>false</managed></operator></ebs></item>`;
const instanceOf = stencil(
  `<item><instanceId>@instanceId@</instanceId><imageId>ami-0123456789abcdef0</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName>@name@</privateDnsName><dnsName/><reason/><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m6i.4xlarge</instanceType><launchTime>${LAUNCHED}</launchTime><placement><availabilityZone>@zone@</availabilityZone><availabilityZoneId>use1-az1</availabilityZoneId><groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><privateIpAddress>@address@</privateIpAddress><sourceDestCheck>false</sourceDestCheck>${SECURITY_GROUPS}<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>${blockDevice('/dev/xvda')}${blockDevice('/dev/xvdb')}</blockDeviceMapping><virtualizationType>hvm</virtualizationType><clientToken>fleet-@token@</clientToken><tagSet>${TAGS}</tagSet><hypervisor>xen</hypervisor><networkInterfaceSet>${NETWORK_INTERFACE}</networkInterfaceSet><iamInstanceProfile><arn>arn:aws:iam::${ACCOUNT}:instance-profile/large-node</arn><id>AIPAEXAMPLEEXAMPLE000</id></iamInstanceProfile><ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport><cpuOptions><coreCount>8</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions><capacityReservationSpecification><capacityReservationPreference>open</capacityReservationPreference></capacityReservationSpecification><hibernationOptions><configured>false</configured></hibernationOptions><enclaveOptions><enabled>false</enabled></enclaveOptions><metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint><httpProtocolIpv6>disabled</httpProtocolIpv6><instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions><maintenanceOptions><autoRecovery>default</autoRecovery><rebootMigration>default</rebootMigration></maintenanceOptions><currentInstanceBootMode>uefi</currentInstanceBootMode><platformDetails>Linux/UNIX</platformDetails><usageOperation>RunInstances</usageOperation><usageOperationUpdateTime>${LAUNCHED}</usageOperationUpdateTime><privateDnsNameOptions><hostnameType>ip-name</hostnameType><enableResourceNameDnsARecord>false</enableResourceNameDnsARecord><enableResourceNameDnsAAAARecord>false</enableResourceNameDnsAAAARecord></privateDnsNameOptions><operator><managed>false</managed></operator></item>`,
);

function groupsAnswer(nodes: number): string {
  const members = new Map<string, string[]>(groupNames.map((name) => [name, []]));
  for (let index = 0; index < nodes; index += 1) {
    const place = placeOf(index);
    members.get(place.group)?.push(memberOf({ ...place }));
  }
  const groups = [...members].map(([name, some]) => groupOf({ name, size: some.length, members: some.join('') }));
  const content = `<AutoScalingGroups>${groups.join('')}</AutoScalingGroups>`;
  return result('DescribeAutoScalingGroups', AUTO_SCALING, content);
}

const TEMPLATE =
  '<LaunchTemplate><LaunchTemplateId>lt-0a1b2c3d4e5f60718</LaunchTemplateId><LaunchTemplateName>large-workers</LaunchTemplateName><Version>7</Version></LaunchTemplate>';
const memberOf = stencil(
  `<member><InstanceId>@instanceId@</InstanceId><InstanceType>m6i.4xlarge</InstanceType><AvailabilityZone>@zone@</AvailabilityZone><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus>${TEMPLATE}<ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>`,
);
const groupTag = (key: string, value: string) =>
  `<member><ResourceId>@name@</ResourceId><ResourceType>auto-scaling-group</ResourceType><Key>${key}</Key><Value>${value}</Value><PropagateAtLaunch>true</PropagateAtLaunch></member>`;
const groupOf = stencil(
  `<member><AutoScalingGroupName>@name@</AutoScalingGroupName><AutoScalingGroupARN>arn:aws:autoscaling:us-east-1:${ACCOUNT}:autoScalingGroup:0a1b2c3d:autoScalingGroupName/@name@</AutoScalingGroupARN>${TEMPLATE}<MinSize>0</MinSize><MaxSize>1000</MaxSize><DesiredCapacity>@size@</DesiredCapacity><DefaultCooldown>300</DefaultCooldown><AvailabilityZones><member>us-east-1a</member><member>us-east-1b</member><member>us-east-1c</member></AvailabilityZones><LoadBalancerNames/><TargetGroupARNs/><HealthCheckType>EC2</HealthCheckType><HealthCheckGracePeriod>0</HealthCheckGracePeriod><Instances>@members@</Instances><CreatedTime>${LAUNCHED}</CreatedTime><SuspendedProcesses/><VPCZoneIdentifier>subnet-0123456789abcdef0</VPCZoneIdentifier><EnabledMetrics/><Tags>${groupTag('tender:cluster', 'large')}${groupTag('tender:role', 'worker')}${groupTag('team', 'platform')}</Tags><TerminationPolicies><member>Default</member></TerminationPolicies><NewInstancesProtectedFromScaleIn>false</NewInstancesProtectedFromScaleIn><TrafficSources/></member>`,
);

function targetHealthAnswer(targets: number): string {
  const some = Array.from({ length: targets }, (_, index) => targetOf({ ...placeOf(index), ...targetState(index) }));
  const content = `<TargetHealthDescriptions>${some.join('')}</TargetHealthDescriptions>`;
  return result('DescribeTargetHealth', 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/', content);
}

// As load balancers see it, whatever the API server says: only some of the nodes that are silent there are away for them.
function targetState(index: number): { readonly state: string } {
  return { state: isAmongSick(index) && index % 50 === 0 ? 'unhealthy' : 'healthy' };
}

const targetOf = stencil(
  '<member><HealthCheckPort>30080</HealthCheckPort><Target><Id>@instanceId@</Id><Port>30080</Port></Target><TargetHealth><State>@state@</State></TargetHealth></member>',
);
