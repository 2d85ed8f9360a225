import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef, StaticStructureSchema } from '@smithy/types';
import type { AwsError } from '../cloud/service.ts';
import { toBytes } from './codec.ts';
import type { ServiceModel } from './service-model.ts';

type Members = readonly (readonly [name: string, schema: SchemaRef])[];

/** A structure schema made up here: what wraps a result or an error on the wire and is in no model. */
export function structure(name: string, members: Members, traits: StaticStructureSchema[3] = 0): StaticStructureSchema {
  return [
    3,
    'wire',
    name,
    traits,
    members.map(([member]) => member),
    members.map(([, schema]) => schema),
  ] as unknown as StaticStructureSchema;
}

/** The members of a structure schema as `[name, schema]`; none for the unit schema. */
export function membersOf(schema: SchemaRef): (readonly [string, NormalizedSchema])[] {
  const normalized = NormalizedSchema.of(schema);
  return normalized.isStructSchema() ? [...normalized.structIterator()] : [];
}

/** Writes a structure as an XML document. `namespace` may be empty. */
export function xmlDocument(schema: SchemaRef, value: unknown, namespace: string): Uint8Array {
  const serializer = new XmlShapeSerializer({
    xmlNamespace: namespace,
    serviceNamespace: '',
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: false,
  });
  serializer.write(NormalizedSchema.of(schema), value ?? {});
  return toBytes(`<?xml version="1.0" encoding="UTF-8"?>\n${serializer.flush()}`);
}

/** The `Error` element of an error: type, code, message, and the further members of the modelled error. */
export function errorElement(
  model: ServiceModel,
  error: AwsError,
  options: { readonly withType?: string } = {},
): { readonly schema: StaticStructureSchema; readonly value: Readonly<Record<string, unknown>> } {
  const modelled = model.error(error.code);
  const further = membersOf(modelled?.schema ?? 'unit').filter(([name]) => name in error.fields);
  const head: Members = [...(options.withType ? [['Type', 0] as const] : []), ['Code', 0], ['Message', 0]];
  return {
    schema: structure('Error', [...head, ...further]),
    value: { ...error.fields, Type: options.withType, Code: modelled?.queryCode ?? error.code, Message: error.message },
  };
}
