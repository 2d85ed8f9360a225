import type { Template, TemplateValue } from './template.ts';
import { templateError } from './template-error.ts';

/** A resolved value: no intrinsic function is left in it; undefined is AWS::NoValue. */
export type Resolved = unknown;

/** What a created resource gives to others. */
export interface ResourceValues {
  /** `Ref`. */
  readonly ref: string;
  /** `Fn::GetAtt`. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Where names are looked up. */
export interface Scope {
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, string | readonly string[]>;
  /** `AWS::Region` and its like; NoValue is undefined. */
  readonly pseudo: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly resources: ReadonlyMap<string, ResourceValues>;
  readonly availabilityZones: readonly string[];
}

type Intrinsic = (argument: TemplateValue, scope: Scope) => Resolved;

/**
 * Resolves all intrinsic functions in a value; what becomes AWS::NoValue is left out of objects and lists.
 * Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 * @throws AwsError `ValidationError` for unknown names and for functions that are not supported.
 */
export function resolve(value: TemplateValue, scope: Scope): Resolved {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== undefined);
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined && argument !== undefined && isIntrinsicName(name)) {
    return apply(name, argument, scope);
  }
  const resolved = entries.map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== undefined));
}

/** Whether a condition of the template holds. @throws AwsError `ValidationError` when there is none of that name. */
export function conditionHolds(name: string, scope: Scope): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined) throw templateError(`Template error: unresolved condition dependency ${name}`);
  return truth(condition, scope);
}

/** Whether the key of a single-member object names an intrinsic function. */
export function isIntrinsicName(name: string): boolean {
  return name === 'Ref' || name === 'Condition' || name.startsWith('Fn::');
}

/** Whether the local cloud has this intrinsic function. */
export function isSupported(name: string): boolean {
  return Object.hasOwn(INTRINSICS, name);
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => reference(String(argument), scope),
  Condition: (argument, scope) => conditionHolds(String(argument), scope),
  'Fn::GetAtt': getAtt,
  'Fn::Sub': substitute,
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = pair('Fn::Join', argument, scope);
    return asList('Fn::Join', items).map(String).join(String(delimiter));
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, text] = pair('Fn::Split', argument, scope);
    return String(text).split(String(delimiter));
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = pair('Fn::Select', argument, scope);
    const list = asList('Fn::Select', items);
    if (Number(index) in list) return list[Number(index)];
    throw templateError(`Template error: Fn::Select cannot select nonexistent value at index ${String(index)}`);
  },
  'Fn::FindInMap': findInMap,
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = asList('Fn::If', argument) as TemplateValue[];
    const chosen = conditionHolds(String(name), scope) ? yes : no;
    return chosen === undefined ? undefined : resolve(chosen, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = pair('Fn::Equals', argument, scope);
    return JSON.stringify(loose(left)) === JSON.stringify(loose(right));
  },
  'Fn::And': (argument, scope) => operands('Fn::And', argument).every((item) => truth(item, scope)),
  'Fn::Or': (argument, scope) => operands('Fn::Or', argument).some((item) => truth(item, scope)),
  'Fn::Not': (argument, scope) => operands('Fn::Not', argument).every((item) => !truth(item, scope)),
  'Fn::Base64': (argument, scope) => Buffer.from(String(resolve(argument, scope))).toString('base64'),
  'Fn::GetAZs': (_argument, scope) => scope.availabilityZones,
};

function apply(name: string, argument: TemplateValue, scope: Scope): Resolved {
  const intrinsic = INTRINSICS[name];
  // A `Condition` member may also be an ordinary property, of an IAM statement for instance.
  if (name === 'Condition' && typeof argument !== 'string') return { Condition: resolve(argument, scope) };
  if (intrinsic) return intrinsic(argument, scope);
  throw templateError(`Template error: the intrinsic function ${name} is not supported by the local cloud`);
}

function reference(name: string, scope: Scope): Resolved {
  if (name in scope.pseudo) return scope.pseudo[name];
  const known = scope.parameters.get(name) ?? scope.resources.get(name)?.ref;
  if (known !== undefined) return known;
  throw unresolved(name);
}

function getAtt(argument: TemplateValue, scope: Scope): Resolved {
  const [logicalId, name] = attributePath(argument);
  const resource = scope.resources.get(logicalId);
  if (!resource) throw unresolved(logicalId);
  if (name in resource.attributes) return resource.attributes[name];
  const type = scope.template.Resources[logicalId]?.Type;
  throw templateError(
    `Template error: resource ${logicalId} does not support attribute type ${name} in Fn::GetAtt (${type})`,
  );
}

/** `A.B` or `[A, B]` as logical id and attribute. */
export function attributePath(argument: TemplateValue): readonly [string, string] {
  const parts = isList(argument) ? argument.map(String) : String(argument).split('.');
  return [parts[0] ?? '', parts.slice(1).join('.')];
}

function substitute(argument: TemplateValue, scope: Scope): string {
  const [text, variables = {}] = isList(argument) ? argument : [argument];
  const own = variables as Readonly<Record<string, TemplateValue>>;
  return String(text).replaceAll(SUB_VARIABLE, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const value = own[name];
    if (value !== undefined) return String(resolve(value, scope));
    return String(name.includes('.') ? getAtt(name, scope) : reference(name, scope));
  });
}

/** A variable of Fn::Sub: `${Name}`, or `${!Literal}` which stays as text without the mark. */
export const SUB_VARIABLE = /\$\{(!?)\s*([^${}]*?)\s*\}/g;

function findInMap(argument: TemplateValue, scope: Scope): Resolved {
  const [map, first, second] = asList('Fn::FindInMap', argument).map((item) =>
    String(resolve(item as TemplateValue, scope)),
  );
  const value = scope.template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
  if (value !== undefined) return value;
  throw templateError(`Template error: Unable to get mapping for ${map}::${first}::${second}`);
}

function pair(name: string, argument: TemplateValue, scope: Scope): readonly [Resolved, Resolved] {
  const items = asList(name, argument);
  if (items.length !== 2) throw templateError(`Template error: every ${name} object requires two parameters`);
  return [resolve(items[0] as TemplateValue, scope), resolve(items[1] as TemplateValue, scope)];
}

function operands(name: string, argument: TemplateValue): readonly TemplateValue[] {
  return asList(name, argument) as readonly TemplateValue[];
}

function truth(value: TemplateValue, scope: Scope): boolean {
  const resolved = resolve(value, scope);
  return resolved === true || resolved === 'true';
}

function asList(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw templateError(`Template error: ${name} requires a list`);
}

// CloudFormation compares scalars as text.
function loose(value: Resolved): Resolved {
  return value !== null && typeof value !== 'object' ? String(value) : value;
}

function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

function unresolved(name: string): Error {
  return templateError(
    `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  );
}
