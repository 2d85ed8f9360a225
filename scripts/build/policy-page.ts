import { clusterJsonSchema } from './cluster-json-schema.ts';

/** What of JSON Schema the registry's uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** docs/reference/policy.md: every field of a cluster's registry entry, by the schema that reads it. */
export function policyPage(): string {
  const { properties = {}, required = [] }: Schema = JSON.parse(clusterJsonSchema());
  const parts = Object.entries(properties).map(([name, schema]) =>
    part({ path: name, schema, required: required.includes(name) }),
  );
  return `<!-- Written by scripts/write-cluster-schema.ts from src/clusters/cluster.ts: change that, then run it. -->
# Policy reference

Every field of a cluster's registry entry. How they work together: [clusters.md](../clusters.md); all of them with their defaults in one file:
[cluster.yaml](../examples/cluster.yaml); for editors: [cluster.schema.json](../cluster.schema.json). A field in **bold** is required where what it stands in is given.

${parts.join('\n')}`;
}

function part(field: Field): string {
  const { path, schema } = field;
  const inner = fieldsIn(field);
  const words = inner.length === 0 || schema.description === undefined ? '' : `${schema.description}\n\n`;
  const rows = inner.length === 0 ? [field] : inner;
  return `## ${path}\n\n${words}| field | what it is | values | default |\n|---|---|---|---|\n${rows.map(row).join('\n')}\n`;
}

/** The fields below a field, those of lists and of forms that exclude each other too. */
function fieldsIn({ path, schema }: Field): readonly Field[] {
  const { properties = {}, required = [], additionalProperties, items } = schema;
  const own = Object.entries(properties).flatMap(([name, each]) => {
    const field = { path: `${path}.${name}`, schema: each, required: required.includes(name) };
    const inner = fieldsIn(field);
    return inner.length > 0 && each.type === 'object' ? inner : [field, ...inner];
  });
  const forms = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter(
    ({ type }) => type === 'object' || type === 'array',
  );
  return [
    ...own,
    ...(typeof additionalProperties === 'object'
      ? fieldsIn({ path: `${path}.<name>`, schema: additionalProperties, required: false })
      : []),
    ...(items ? fieldsIn({ path: `${path}[]`, schema: items, required: false }) : []),
    ...forms.flatMap((form) => formIn(path, form)),
  ];
}

/** Of forms with a `kind`, that is the name. */
function formIn(path: string, form: Schema): readonly Field[] {
  const kind = form.properties?.kind?.const;
  return fieldsIn({
    path: kind === undefined ? path : `${path} (${String(kind)})`,
    schema: form,
    required: false,
  }).filter((field) => !field.path.endsWith(').kind'));
}

function row({ path, schema, required }: Field): string {
  const name = required ? `**\`${path}\`**` : `\`${path}\``;
  const fallback = schema.default === undefined ? '–' : `\`${JSON.stringify(schema.default)}\``;
  return `| ${[name, schema.description ?? '', valuesOf(schema), fallback].map(cell).join(' | ')} |`;
}

function valuesOf(schema: Schema): string {
  const { type, enum: values, const: only, minimum, maximum, items } = schema;
  if (only !== undefined) return `\`${String(only)}\``;
  if (values) return values.map((value) => `\`${String(value)}\``).join(', ');
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (forms.length > 0) return [...new Set(forms.map(formOf))].join(', or ');
  if (items) return `list of ${valuesOf(items)}`;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (minimum !== undefined && high !== undefined) return `${type} from ${minimum} to ${high}`;
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) return `${type}, at least ${minimum}`;
  return type ?? 'anything';
}

function formOf(form: Schema): string {
  const kind = form.properties?.kind?.const;
  return kind === undefined ? valuesOf(form) : `\`kind: ${String(kind)}\``;
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
    .replaceAll('<name>', '&lt;name&gt;')
    .replace(/`([^`]*)&lt;name&gt;([^`]*)`/g, '`$1<name>$2`');
}
