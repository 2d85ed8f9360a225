import { distance } from 'fastest-levenshtein';

/** A parameter of a stage. */
export interface StageParameter {
  readonly name: string;
  readonly initial: string | number | boolean;
  /** What is wrong with a value, and what would be right; undefined when nothing is. */
  readonly complaint: (value: string) => string | undefined;
}

// docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const LEVELS = ['debug', 'info', 'warn', 'error'];

const ids = (pattern: RegExp, example: string) => (value: string) => {
  const wrong = value
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '' && !pattern.test(id));
  return wrong.length > 0 ? `${wrong.join(', ')} is not of the form ${example}` : undefined;
};
const one = (pattern: RegExp, example: string) => (value: string) =>
  value === '' || pattern.test(value) ? undefined : `${value} is not of the form ${example}`;
const oneOf = (values: readonly string[]) => (value: string) =>
  values.includes(value)
    ? undefined
    : `${value} is none of ${values.join(', ')}; the nearest is ${nearest(value, values)}`;

/** All parameters of a stage: `params` in serverless.yml has the same, and the table in deploy/README.md. */
export const STAGE_PARAMETERS: readonly StageParameter[] = [
  { name: 'subnetIds', initial: '', complaint: ids(/^subnet-[0-9a-f]+$/, 'subnet-0123456789abcdef0') },
  { name: 'securityGroupIds', initial: '', complaint: ids(/^sg-[0-9a-f]+$/, 'sg-0123456789abcdef0') },
  { name: 'forwardingAccounts', initial: '', complaint: ids(/^\d{12}$/, '123456789012') },
  {
    name: 'drillLayerArns',
    initial: '',
    complaint: ids(
      /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+$/,
      'arn:aws:lambda:us-east-1:123456789012:layer:etcd:1',
    ),
  },
  {
    name: 'drillImage',
    initial: '',
    complaint: one(
      /^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?\/[a-z0-9._/-]+[:@]\S+$/,
      '123456789012.dkr.ecr.us-east-1.amazonaws.com/tender-drill:1',
    ),
  },
  { name: 'drillSubnetIds', initial: '', complaint: ids(/^subnet-[0-9a-f]+$/, 'subnet-0123456789abcdef0') },
  { name: 'drillSecurityGroupIds', initial: '', complaint: ids(/^sg-[0-9a-f]+$/, 'sg-0123456789abcdef0') },
  {
    name: 'replicaBucketArn',
    initial: '',
    complaint: one(/^arn:aws[\w-]*:s3:::[a-z0-9.-]+$/, 'arn:aws:s3:::a-bucket'),
  },
  {
    name: 'replicaKeyArn',
    initial: '',
    complaint: one(/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'arn:aws:kms:eu-west-1:123456789012:key/<id>'),
  },
  { name: 'replicaAccountId', initial: '', complaint: one(/^\d{12}$/, '123456789012') },
  { name: 'fleetLockVpcEndpointIds', initial: '', complaint: ids(/^vpce-[0-9a-f]+$/, 'vpce-0123456789abcdef0') },
  { name: 'answerLinks', initial: 'off', complaint: oneOf(['on', 'off']) },
  {
    name: 'alarmTopicArn',
    initial: '',
    complaint: one(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/, 'arn:aws:sns:us-east-1:123456789012:a-topic'),
  },
  {
    name: 'auditRetentionDays',
    initial: 400,
    complaint: (value) => (/^[1-9]\d{0,4}$/.test(value) ? undefined : `${value} is not a number of days, 1 at least`),
  },
  { name: 'docsUrl', initial: '', complaint: one(/^https?:\/\/\S+\/$/, 'https://docs.example.org/tender/') },
  {
    name: 'permissionsBoundaryArn',
    initial: '',
    complaint: one(/^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/\S+$/, 'arn:aws:iam::123456789012:policy/a-boundary'),
  },
  {
    name: 'logKmsKeyArn',
    initial: '',
    complaint: one(/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'arn:aws:kms:us-east-1:123456789012:key/<id>'),
  },
  { name: 'schedules', initial: 'on', complaint: oneOf(['on', 'off']) },
  {
    name: 'logRetentionDays',
    initial: 30,
    complaint: (value) => {
      if (RETENTION_DAYS.includes(Number(value))) return undefined;
      const nearestDays = RETENTION_DAYS.toSorted((a, b) => Math.abs(a - Number(value)) - Math.abs(b - Number(value)));
      const advice = Number.isNaN(Number(value)) ? '' : `; the nearest is ${nearestDays[0]}`;
      return `CloudWatch Logs keeps for ${RETENTION_DAYS.join(', ')} days, not ${value}${advice}`;
    },
  },
  { name: 'logLevel', initial: 'info', complaint: oneOf(LEVELS) },
];

/** What is wrong with the parameters of a stage, a line each, before anything is deployed; none when all is well. */
export function complaintsAboutParameters(values: Readonly<Record<string, unknown>>): readonly string[] {
  const names = STAGE_PARAMETERS.map(({ name }) => name);
  const unknown = Object.keys(values)
    .filter((name) => !names.includes(name))
    .map((name) => `param ${name}: there is no such parameter; did you mean ${nearest(name, names)}?`);
  const wrong = STAGE_PARAMETERS.flatMap(({ name, initial, complaint }) => {
    const said = complaint(String(values[name] ?? initial));
    return said === undefined ? [] : [`param ${name}: ${said}`];
  });
  return [...unknown, ...wrong];
}

function nearest(value: string, values: readonly string[]): string {
  return (
    values.toSorted(
      (a, b) => distance(a.toLowerCase(), value.toLowerCase()) - distance(b.toLowerCase(), value.toLowerCase()),
    )[0] ?? ''
  );
}
