import { CORE_SCHEMA, load, Type } from 'js-yaml';
import type { Template } from './template.ts';
import { templateError } from './template-error.ts';

const kinds = ['scalar', 'sequence', 'mapping'] as const;

/** CloudFormation's short forms: `!Sub x` is `{"Fn::Sub": "x"}`, `!Ref x` is `{"Ref": "x"}`, `!GetAtt a.b` names resource and attribute. */
const names = [
  'Sub',
  'Ref',
  'GetAtt',
  'If',
  'Join',
  'Select',
  'Split',
  'Equals',
  'Not',
  'And',
  'Or',
  'Condition',
  'FindInMap',
  'Base64',
  'GetAZs',
];
const shortForms = names.flatMap((name) =>
  kinds.map((kind) => new Type(`!${name}`, { kind, construct: (value: unknown) => longForm(name, value) })),
);
const schema = CORE_SCHEMA.extend(shortForms);

/** Reads a template as people write it, in YAML with short forms, or as programs do, in JSON. @throws AwsError `ValidationError`. */
export function parseTemplate(body: string): Template {
  const parsed = parse(body);
  if (parsed === null || typeof parsed !== 'object')
    throw templateError('Template format error: unsupported structure.');
  const template = parsed as Template;
  if (template.Resources === undefined || Object.keys(template.Resources).length === 0)
    throw templateError('Template format error: At least one Resources member must be defined.');
  checkQuotas(template, body);
  return template;
}

function parse(body: string): unknown {
  try {
    return body.trimStart().startsWith('{') ? JSON.parse(body) : load(body, { schema });
  } catch (error) {
    const form = body.trimStart().startsWith('{') ? 'JSON not well-formed' : 'YAML not well-formed';
    throw templateError(
      `Template format error: ${form}. (${error instanceof Error ? error.message.split('\n')[0] : ''})`,
    );
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
function checkQuotas({ Resources, Outputs = {}, Parameters = {} }: Template, body: string): void {
  if (Buffer.byteLength(body) > 1_000_000) throw templateError('Template may not exceed 1000000 bytes in size.');
  for (const [what, members, most] of [
    ['resources', Resources, 500],
    ['outputs', Outputs, 200],
    ['parameters', Parameters, 200],
  ] as const) {
    const count = Object.keys(members).length;
    if (count > most)
      throw templateError(
        `Template format error: Number of ${what}, ${count}, is greater than maximum allowed, ${most}`,
      );
  }
}

function longForm(name: string, value: unknown): object {
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  if (name !== 'GetAtt' || typeof value !== 'string') return { [`Fn::${name}`]: value };
  const [resource, ...attribute] = value.split('.');
  return { 'Fn::GetAtt': [resource, attribute.join('.')] };
}
