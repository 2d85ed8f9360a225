import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';

// One place of the form: `Filters.member.1.Name=x` is a tree of such nodes.
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

const scalars = new FromStringShapeDeserializer({
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
});

/**
 * Reads a form of the query protocols into an operation's input; the inverse of the SDK's QueryShapeSerializer.
 * `ec2`: lists are always flat and names are capitalised (https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html).
 */
export function readForm(schema: SchemaRef, form: URLSearchParams, ec2: boolean): unknown {
  const root: Node = { children: new Map() };
  for (const [key, value] of form) insert(root, key, value);
  return new FormReader(ec2).read(NormalizedSchema.of(schema), root) ?? {};
}

function insert(root: Node, key: string, value: string): void {
  let node = root;
  for (const part of key.split('.')) {
    let child = node.children.get(part);
    if (!child) {
      child = { children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  node.value = value;
}

class FormReader {
  readonly #ec2: boolean;

  constructor(ec2: boolean) {
    this.#ec2 = ec2;
  }

  read(schema: NormalizedSchema, node: Node): unknown {
    if (schema.isUnitSchema()) return {};
    if (schema.isListSchema()) return this.#list(schema, node);
    if (schema.isMapSchema()) return this.#map(schema, node);
    if (schema.isStructSchema()) return this.#structure(schema, node);
    return node.value === undefined ? undefined : scalars.read(schema, node.value);
  }

  #structure(schema: NormalizedSchema, node: Node): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = node.children.get(this.#memberKey(name, member));
      const value = child && this.read(member, child);
      if (value !== undefined) result[name] = value;
    }
    return result;
  }

  #list(schema: NormalizedSchema, node: Node): unknown[] {
    const member = schema.getValueSchema();
    const flat = this.#ec2 || schema.getMergedTraits().xmlFlattened;
    const items = flat ? node : node.children.get(elementKey(member, 'member'));
    return numbered(items).map((item) => this.read(member, item));
  }

  #map(schema: NormalizedSchema, node: Node): Record<string, unknown> {
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    const entries = schema.getMergedTraits().xmlFlattened ? node : node.children.get('entry');
    const result: Record<string, unknown> = {};
    for (const entry of numbered(entries)) {
      const name = entry.children.get(elementKey(key, 'key'))?.value;
      const item = entry.children.get(elementKey(value, 'value'));
      if (name !== undefined && item) result[name] = this.read(value, item);
    }
    return result;
  }

  #memberKey(name: string, member: NormalizedSchema): string {
    const { xmlName, ec2QueryName } = member.getMergedTraits();
    if (!this.#ec2) return xmlName ?? name;
    if (typeof ec2QueryName === 'string') return ec2QueryName;
    const key = xmlName ?? name;
    return key.charAt(0).toUpperCase() + key.slice(1);
  }
}

function elementKey(schema: NormalizedSchema, fallback: string): string {
  return schema.getMergedTraits().xmlName ?? fallback;
}

// The children 1, 2, 3 … in the order of their numbers; an empty list comes as `Name=` without any.
function numbered(node: Node | undefined): Node[] {
  return [...(node?.children ?? [])]
    .filter(([index]) => /^\d+$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
