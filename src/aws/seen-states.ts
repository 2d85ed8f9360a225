/** How something was when a step looked at it. */
export interface SeenState {
  /** As records of what is changed call it: an instance, a group, a target group. */
  readonly target: string;
  /** Numbers, names and states; nothing secret. */
  readonly state: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the answers of these looks say of what is changed later: the same members that a change names. Others say nothing. */
const READERS: Readonly<Record<string, (output: Fields, input: Fields) => readonly SeenState[]>> = {
  DescribeAutoScalingGroups: ({ AutoScalingGroups }) =>
    whole(AutoScalingGroups).flatMap((group) => [
      {
        target: String(group.AutoScalingGroupName),
        state: {
          ...picked(group, ['DesiredCapacity', 'MinSize', 'MaxSize']),
          ...picked(fieldsOf(group.LaunchTemplate), ['LaunchTemplateId', 'Version']),
          ScalingProcesses: listOf(group.SuspendedProcesses).map(({ ProcessName }) => ProcessName),
        },
      },
      ...whole(group.Instances).map(memberState),
    ]),
  DescribeAutoScalingInstances: ({ AutoScalingInstances }) => whole(AutoScalingInstances).map(memberState),
  DescribeInstanceHealth: ({ InstanceStates }, { LoadBalancerName }) => [
    {
      target: String(LoadBalancerName),
      state: { Instances: listOf(InstanceStates).map((one) => picked(one, ['InstanceId', 'State'])) },
    },
  ],
  DescribeNodegroup: ({ nodegroup }) => {
    const { clusterName, nodegroupName, launchTemplate, ...rest } = fieldsOf(nodegroup);
    const template = picked(fieldsOf(launchTemplate), ['id', 'version']);
    return [
      {
        target: `${clusterName}/${nodegroupName}`,
        state: {
          ...picked(rest, ['status', 'version', 'releaseVersion']),
          ...(Object.keys(template).length > 0 && { launchTemplate: template }),
        },
      },
    ];
  },
  ListObjectsV2: ({ Contents }, { Bucket }) =>
    whole(Contents).map(({ Key, Size, LastModified }) => ({
      target: `s3://${Bucket}/${Key}`,
      state: { Size, ...(LastModified instanceof Date && { LastModified: LastModified.toISOString() }) },
    })),
  DescribeInstances: ({ Reservations }) =>
    whole(Reservations)
      .flatMap(({ Instances }) => whole(Instances))
      .map(({ InstanceId, State }) => ({ target: String(InstanceId), state: { State: fieldsOf(State).Name } })),
  DescribeTargetHealth: ({ TargetHealthDescriptions }, { TargetGroupArn }) => [
    {
      target: String(TargetGroupArn),
      state: {
        Targets: listOf(TargetHealthDescriptions).map(({ Target, TargetHealth }) => ({
          ...picked(fieldsOf(Target), ['Id', 'Port']),
          State: fieldsOf(TargetHealth).State,
        })),
      },
    },
  ],
};
/** Of a group that has more targets the first ones are told. */
const MOST = 50;

/** What a look has seen of things that may be changed. */
export function seenStates(action: string, input: unknown, output: unknown): readonly SeenState[] {
  return READERS[action]?.(fieldsOf(output), fieldsOf(input)) ?? [];
}

function memberState(member: Fields): SeenState {
  return { target: String(member.InstanceId), state: picked(member, ['LifecycleState', 'HealthStatus']) };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What is told within one state. */
function listOf(value: unknown): readonly Fields[] {
  return whole(value).slice(0, MOST);
}

/** What is a target each. */
function whole(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}
