/**
 * What of a request may be written down: names, ids, ARNs, sizes and tags. Everything else is left out, so that a value that is new to this list is not told; secrets,
 * tokens, user data, inputs of executions and bodies are not on it.
 */
const TOLD = new Set(
  [
    'AutoScalingGroupName AutoScalingGroupNames InstanceId InstanceIds Instances LifecycleHookName LifecycleActionResult',
    'DesiredCapacity MinSize MaxSize ShouldDecrementDesiredCapacity HonorCooldown ScalingProcesses ProtectedFromScaleIn',
    'HealthStatus ShouldRespectGracePeriod LaunchTemplate LaunchTemplateId LaunchTemplateName LaunchTemplateVersion',
    'SourceVersion DefaultVersion Version TargetGroupArn Targets Id Port LoadBalancerName LoadBalancerArn DocumentName',
    'DocumentVersion CommandId Name Overwrite Tier Type Bucket Key Keys TopicArn FunctionName stateMachineArn name',
    'clusterName nodegroupName releaseVersion launchTemplate id version executionArn Resources ResourceId ResourceType ResourceArn Tags TagKeys PropagateAtLaunch SecretId KeyId VersionId',
  ]
    .join(' ')
    .split(' '),
);
/** Only in a tag: a parameter of SSM and a secret have one, too. */
const IN_TAGS = 'Value';
const LONGEST = 300;
const MOST = 50;

/** The members of a request that may be told, at any depth. */
export function auditedParameters(input: unknown): Readonly<Record<string, unknown>> {
  return (toldOf(input, false) as Readonly<Record<string, unknown>> | undefined) ?? {};
}

function toldOf(value: unknown, inTags: boolean): unknown {
  if (typeof value === 'string') return value.slice(0, LONGEST);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.slice(0, MOST).map((one) => toldOf(one, inTags));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  const told = Object.entries(value).flatMap(([name, one]) => {
    if (!TOLD.has(name) && !(inTags && name === IN_TAGS)) return [];
    const kept = toldOf(one, name === 'Tags');
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** What a request is about, in a word: the first of these that it has. */
const TARGETS = [
  'InstanceId',
  'InstanceIds',
  'TargetGroupArn',
  'LoadBalancerName',
  'AutoScalingGroupName',
  'stateMachineArn',
  'executionArn',
  'TopicArn',
  'FunctionName',
  'LaunchTemplateId',
  'SecretId',
  'Name',
  'Resources',
];

/** `s3://bucket/key`, an instance, a group, a machine; empty when nobody knows. */
export function targetOf(input: unknown): string {
  const members = (typeof input === 'object' && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  if (typeof members.Bucket === 'string') return `s3://${members.Bucket}/${String(members.Key ?? '')}`;
  if (typeof members.nodegroupName === 'string') return `${members.clusterName}/${members.nodegroupName}`;
  const found = TARGETS.map((name) => members[name]).find((value) => value !== undefined);
  return [found]
    .flat()
    .slice(0, MOST)
    .map((one) => (typeof one === 'string' ? one : ''))
    .filter(Boolean)
    .join(' ');
}
