import type { StackTargets } from './stack-targets.ts';
import { templateError } from './template-error.ts';

const REFERENCE = /\{\{resolve:([^{}]+)\}\}/g;

/**
 * Replaces `{{resolve:ssm:…}}` and `{{resolve:secretsmanager:…}}` in all texts of a value.
 * Source: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 * @throws AwsError `ValidationError` for a reference to another service, and what the services answer.
 */
export async function resolveDynamicReferences(value: unknown, targets: StackTargets): Promise<unknown> {
  return mentionsOne(value) ? await resolve(value, targets) : value;
}

function mentionsOne(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{{resolve:');
  return value !== null && typeof value === 'object' && Object.values(value).some(mentionsOne);
}

async function resolve(value: unknown, targets: StackTargets): Promise<unknown> {
  if (typeof value === 'string') return await inText(value, targets);
  if (Array.isArray(value)) return await Promise.all(value.map((item) => resolve(item, targets)));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await resolve(item, targets)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function inText(text: string, targets: StackTargets): Promise<string> {
  let result = text;
  for (const [whole, reference = ''] of text.matchAll(REFERENCE)) {
    result = result.replace(whole, await lookUp(reference, targets));
  }
  return result;
}

async function lookUp(reference: string, { calls, caller }: StackTargets): Promise<string> {
  const service = reference.slice(0, reference.indexOf(':'));
  const rest = reference.slice(service.length + 1);
  if (service === 'ssm') {
    const output = (await calls.call('ssm', 'GetParameter', { Name: rest }, caller)) as {
      Parameter?: { Value?: string };
    };
    return output.Parameter?.Value ?? '';
  }
  if (service !== 'secretsmanager')
    throw templateError(`Dynamic references to ${service} are not supported by the local cloud`);
  const [, SecretId, key = ''] =
    /^((?:arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:)?[^:]+)(?::SecretString:?([^:]*))?/.exec(rest) ?? [];
  const output = (await calls.call('secretsmanager', 'GetSecretValue', { SecretId }, caller)) as {
    SecretString?: string;
  };
  const secret = output.SecretString ?? '';
  return key ? String((JSON.parse(secret) as Record<string, unknown>)[key]) : secret;
}
