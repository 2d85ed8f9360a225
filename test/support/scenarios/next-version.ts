import { zipSync } from 'fflate';
import type { Template } from '../../../simulator/cloudformation/template.ts';

const BROKEN = 'export const handler = async () => { throw new Error("the next version is broken"); };';

/** A template as serverless makes it of new code, with its archives: versions of other logical ids, that the machines refer to. */
export function nextVersion(template: Template): [Template, ReadonlyMap<string, Uint8Array>] {
  return [withFunctions(template, (properties) => ({ ...properties, Description: 'the next version' })), new Map()];
}

/** The same, whose functions all throw. */
export function brokenVersion(template: Template): [Template, ReadonlyMap<string, Uint8Array>] {
  const code = { Code: { S3Bucket: 'next', S3Key: 'broken.zip' }, Handler: 'broken.handler' };
  const archive = zipSync({ 'broken.mjs': new TextEncoder().encode(BROKEN) });
  return [withFunctions(template, (properties) => ({ ...properties, ...code })), new Map([['broken.zip', archive]])];
}

type Properties = NonNullable<Template['Resources'][string]['Properties']>;

function withFunctions(template: Template, change: (properties: Properties) => Properties): Template {
  const versions = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Version');
  const renamed = versions.reduce(
    (text, [logicalId]) => text.replaceAll(`"${logicalId}"`, `"${logicalId}Next"`),
    JSON.stringify(template),
  );
  const { Resources, ...others } = JSON.parse(renamed) as Template;
  const changed = Object.entries(Resources).map(([logicalId, resource]) => {
    const { CodeSha256: _, ...Properties } = resource.Properties ?? {};
    if (resource.Type === 'AWS::Lambda::Version') return [logicalId, { ...resource, Properties }] as const;
    if (resource.Type !== 'AWS::Lambda::Function') return [logicalId, resource] as const;
    return [logicalId, { ...resource, Properties: change(Properties) }] as const;
  });
  return { ...others, Resources: Object.fromEntries(changed) };
}
