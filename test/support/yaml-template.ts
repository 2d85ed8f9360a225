import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, load, Type } from 'js-yaml';
import type { Template } from '../../simulator/cloudformation/template.ts';

const kinds = ['scalar', 'sequence', 'mapping'] as const;

/** CloudFormation's short forms: `!Sub x` is `{"Fn::Sub": "x"}`, `!Ref x` is `{"Ref": "x"}`, `!GetAtt a.b` names resource and attribute. */
const shortForms = ['Sub', 'Ref', 'GetAtt', 'If', 'Join', 'Select', 'Split'].flatMap((name) =>
  kinds.map((kind) => new Type(`!${name}`, { kind, construct: (value: unknown) => longForm(name, value) })),
);
const schema = CORE_SCHEMA.extend(shortForms);

/** Reads a CloudFormation template as people write it. */
export function yamlTemplate(file: string): Template {
  return load(readFileSync(file, 'utf8'), { schema }) as Template;
}

function longForm(name: string, value: unknown): object {
  if (name === 'Ref') return { Ref: value };
  if (name !== 'GetAtt' || typeof value !== 'string') return { [`Fn::${name}`]: value };
  const [resource, ...attribute] = value.split('.');
  return { 'Fn::GetAtt': [resource, attribute.join('.')] };
}
