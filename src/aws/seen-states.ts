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
    listOf(AutoScalingGroups).map((group) => ({
      target: String(group.AutoScalingGroupName),
      state: {
        ...picked(group, ['DesiredCapacity', 'MinSize', 'MaxSize']),
        ...picked(fieldsOf(group.LaunchTemplate), ['LaunchTemplateId', 'Version']),
        ScalingProcesses: listOf(group.SuspendedProcesses).map(({ ProcessName }) => ProcessName),
      },
    })),
  DescribeInstances: ({ Reservations }) =>
    listOf(Reservations)
      .flatMap(({ Instances }) => listOf(Instances))
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

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.slice(0, MOST).map(fieldsOf) : [];
}

function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}
