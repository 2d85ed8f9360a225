import { attributePath, isSupported, SUB_VARIABLE } from './intrinsics.ts';
import type { Template, TemplateValue } from './template.ts';
import { templateError } from './template-error.ts';

/**
 * The logical ids so that each comes after those that it refers to or depends on; otherwise in the template's order.
 * @throws AwsError `ValidationError` for a circle, and for a DependsOn that is not there.
 */
export function creationOrder(template: Template, wanted: ReadonlySet<string>): readonly string[] {
  const ordered: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    if (state.get(logicalId) === 'done') return;
    if (state.get(logicalId) === 'open') {
      const circle = path.slice(path.indexOf(logicalId)).join(', ');
      throw templateError(`Circular dependency between resources: [${circle}]`);
    }
    state.set(logicalId, 'open');
    for (const needed of dependencies(template, logicalId)) {
      if (wanted.has(needed)) visit(needed, [...path, logicalId]);
    }
    state.set(logicalId, 'done');
    ordered.push(logicalId);
  };
  for (const logicalId of wanted) visit(logicalId, []);
  return ordered;
}

/**
 * Checks that whatever the resources refer to is there.
 * @throws AwsError `ValidationError` naming what is missing.
 */
export function checkReferences(template: Template, pseudoParameters: readonly string[]): void {
  const known = new Set([
    ...Object.keys(template.Resources),
    ...Object.keys(template.Parameters ?? {}),
    ...pseudoParameters,
  ]);
  const named = Object.values(template.Resources).flatMap(({ Properties = {} }) => referencesOf(Properties));
  const missing = [...new Set(named)].filter((name) => !known.has(name));
  if (missing.length === 0) return;
  const message = `Template format error: Unresolved resource dependencies [${missing.join(', ')}] in the Resources block of the template`;
  throw templateError(message);
}

function dependencies(template: Template, logicalId: string): readonly string[] {
  const { DependsOn, Properties = {} } = template.Resources[logicalId] ?? {};
  const explicit = DependsOn === undefined ? [] : [DependsOn].flat();
  const missing = explicit.filter((name) => !(name in template.Resources));
  if (missing.length > 0) {
    const message = `Template format error: Unresolved resource dependencies [${missing.join(', ')}] in the Resources block of the template`;
    throw templateError(message);
  }
  return [...explicit, ...referencesOf(Properties)];
}

/** Of properties that were walked before: hundreds of small worlds are deployed from one template, which nobody changes. */
const walked = new WeakMap<object, readonly string[]>();

function referencesOf(properties: Readonly<Record<string, TemplateValue>>): readonly string[] {
  let references = walked.get(properties);
  if (!references) {
    references = [...new Set(referencesIn(properties))];
    walked.set(properties, references);
  }
  return references;
}

function referencesIn(value: TemplateValue): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((item: TemplateValue) => referencesIn(item));
  return Object.entries(value).flatMap(([key, item]: [string, TemplateValue]) => {
    if (key === 'Ref') return [String(item)];
    if (key === 'Fn::GetAtt') return [attributePath(item)[0]];
    if (key.startsWith('Fn::') && !isSupported(key)) {
      throw templateError(`Template error: the intrinsic function ${key} is not supported by the local cloud`);
    }
    if (key === 'Fn::Sub') return [...namesInSub(item), ...referencesIn(item)];
    return referencesIn(item);
  });
}

function namesInSub(argument: TemplateValue): readonly string[] {
  const [text, own] = Array.isArray(argument) ? argument : [argument];
  const names = [...String(text).matchAll(SUB_VARIABLE)]
    .filter(([, literal]) => !literal)
    .map(([, , name = '']) => name);
  return names.filter((name) => !own || !(name in own)).map((name) => name.split('.')[0] ?? '');
}
