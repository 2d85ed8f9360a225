import { createRequire } from 'node:module';
import { join } from 'node:path';
import { driven } from '../../../rehearsal/local-deployment.ts';
import type { TemplateResource, TemplateValue } from '../../../simulator/cloudformation/template.ts';
import { root } from '../source-files.ts';
import { templateResources } from '../template.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { pages } from './scenario.ts';

type Context = { readonly resolveVariable: (name: string) => Promise<string> };
const stack = createRequire(import.meta.url)(join(root, 'deploy/stack/answer-links.cjs')) as Record<
  'url' | 'restoreKeyArn' | 'pullKeyArn' | 'releaseKeyArn' | 'concurrency',
  (context: Context) => Promise<TemplateValue>
> & { readonly resources: (context: Context) => Promise<{ Resources: Record<string, TemplateResource> }> };

/** What the stack has more, and has otherwise, where the stage has links. */
export async function answerLinkResources(): Promise<Record<string, TemplateResource>> {
  const context: Context = { resolveVariable: async (name) => (name === 'sls:stage' ? 'dev' : 'on') };
  const values = {
    ANSWER_URL: await stack.url(context),
    RESTORE_LINK_KEY_ARN: await stack.restoreKeyArn(context),
    PULL_LINK_KEY_ARN: await stack.pullKeyArn(context),
    RELEASE_LINK_KEY_ARN: await stack.releaseKeyArn(context),
  };
  const ReservedConcurrentExecutions = await stack.concurrency(context);
  const changed = templateResources().flatMap(({ id, ...resource }) => {
    const { Variables = {} } = (resource.Properties.Environment ?? {}) as { Variables?: Record<string, TemplateValue> };
    const own = Object.entries(values).filter(([name]) => name in Variables);
    if (resource.Type !== 'AWS::Lambda::Function' || own.length === 0) return [];
    const Environment = { Variables: { ...Variables, ...Object.fromEntries(own) } };
    const more = id.startsWith('AnswerDashlink') ? { ReservedConcurrentExecutions } : {};
    return [[id, { ...resource, Properties: { ...resource.Properties, Environment, ...more } }] as const];
  });
  return { ...Object.fromEntries(changed), ...(await stack.resources(context)).Resources };
}

/** What a browser shows. */
export interface Shown {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Fields that the page sends back unseen. */
  readonly hidden: Readonly<Record<string, string>>;
}

/** Opens a link. */
export function open(scenario: FaultScenario, link: string, method = 'GET'): Promise<Shown> {
  return driven(scenario.cloud, () => send(scenario, link, { method }));
}

/** Fills in the form of a page, and presses its button. */
export function press(scenario: FaultScenario, link: string, { hidden }: Shown, filled: object): Promise<Shown> {
  return driven(scenario.cloud, () => post(scenario, link, { ...hidden, ...filled }));
}

/** Sends a form; whoever calls lets the time pass. */
export function post(scenario: FaultScenario, link: string, fields: Record<string, string>): Promise<Shown> {
  return send(scenario, new URL('/', link).href, { method: 'POST', body: String(new URLSearchParams(fields)) });
}

async function send(
  { cloud }: FaultScenario,
  link: string,
  { method, body = '' }: { readonly method: string; readonly body?: string },
): Promise<Shown> {
  const { host, pathname, search } = new URL(link);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const request = { method, host, port: 443, path: `${pathname}${search}`, headers, body: Buffer.from(body) };
  const answer = await cloud.network.request(request, { kind: 'outside', name: '' });
  const text = answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString('utf8') : '';
  const hidden = [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  return {
    status: answer.status,
    title: /<h1>(.*)<\/h1>/.exec(text)?.[1] ?? '',
    text,
    headers: answer.headers,
    hidden: Object.fromEntries(hidden),
  };
}

/** The links of a page by what they do, with until when. */
export function linksIn(message: string): Readonly<Record<string, string>> {
  const lines = message.matchAll(/^By link, (.+) \(once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\): (https:\S+)$/gm);
  return Object.fromEntries([...lines].map(([, what = '', url = '']) => [what, url]));
}

/** The links of the newest page whose subject says this. */
export function linksOfPage(scenario: FaultScenario, subject: string): Readonly<Record<string, string>> {
  return linksIn(pages(scenario).findLast((page) => page.subject.includes(subject))?.message ?? '');
}
