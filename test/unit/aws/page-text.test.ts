import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { approvalPage } from '../../../src/answers/approval-page.ts';
import { linkLine } from '../../../src/answers/make-link.ts';
import { pageText } from '../../../src/aws/page-text.ts';
import { composePage } from '../../../src/health/compose-page.ts';
import type { Finding } from '../../../src/health/finding.ts';
import { rulesOf } from '../../../src/health/rules.ts';
import type { PersonPage } from '../../../src/schema/person-page.ts';
import { root } from '../../support/source-files.ts';
import { readStateMachines, statesOf } from '../../support/state-machines.ts';

const execution = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-retire:hook-1';
const longName = 'a-cluster-whose-name-is-as-long-as-names-of-clusters-may-be-63-chr';
const page: PersonPage = {
  kind: 'node-not-retired',
  severity: 'warning',
  cluster: 'demo',
  subject: 'a node – was not retired',
  what: 'The node stays.',
  node: 'a (i-1)',
  did: 'undid its drain',
  todo: 'look',
  command: 'npx tender health demo',
  runbook: 'docs/health.md',
};

/** The form that people know, and programs may read. */
const FORM =
  /^.+\n\n(?:.*\n)*?Cluster: \S+\n(?:Node: .+\n)?Tender: .+\.\nTo do: .+\.\nCommand: (?:npx tender|aws) .+\n(?:Or, no: .+\n)?(?:By link, .+: https:\/\/\S+\n)*Runbook: (\S+)(?:\nExecution: arn:\S+)?$/;

function wrongs({ subject, message }: { readonly subject: string; readonly message: string }): string[] {
  const [, runbook = ''] = FORM.exec(message) ?? [];
  const [path = '', anchor] = runbook.split('#');
  const there = path !== '' && existsSync(join(root, path));
  const text = there ? readFileSync(join(root, path), 'utf8').toLowerCase() : '';
  return [
    ...(/^Tender: [\x20-\x7e]{1,92}$/.test(subject) ? [] : [`subject ${subject}`]),
    ...(runbook === '' ? [`form of ${message}`] : []),
    ...(there ? [] : [`${runbook} is not there`]),
    ...(anchor === undefined || text.includes(`# ${anchor.replaceAll('-', ' ')}`)
      ? []
      : [`${runbook} has no such heading`]),
  ];
}

describe('a page', () => {
  it('says what happened, where, what Tender did, what to do, the command and what to read', () => {
    expect(pageText(page, 'https://example.com/')).toEqual({
      subject: 'Tender: a node ? was not retired',
      message: [
        'The node stays.',
        '',
        'Cluster: demo',
        'Node: a (i-1)',
        'Tender: undid its drain.',
        'To do: look.',
        'Command: npx tender health demo',
        'Runbook: https://example.com/docs/health.md',
      ].join('\n'),
      attributes: { cluster: 'demo', kind: 'node-not-retired', severity: 'warning' },
    });
  });

  it('that asks whether etcd may be restored has the form, with links and without', () => {
    const question = { cluster: longName, shows: 'Snapshot: one\nLoss: a minute', token: 'token', execution };
    const line = linkLine('yes', new Date('2026-03-02T13:00:59Z'), 'https://example.com/?do=approve-restore');
    expect(line).toBe('By link, yes (once, until 2026-03-02 13:00 UTC): https://example.com/?do=approve-restore');
    for (const links of [[], [line, line]]) {
      expect(wrongs(approvalPage(question, '', links))).toEqual([]);
    }
  });

  it('has a subject that SNS takes, whatever the names', () => {
    expect(pageText({ ...page, subject: `${longName} ${longName}\n` }, '').subject).toHaveLength(100);
  });

  const signals = [...rulesOf({ rules: [] }).values()]
    .flat()
    .flatMap(({ signal, ladder }) => (ladder.includes('page') ? [signal] : []));
  it.each(signals)('of a health pass about %s has the form', (signal) => {
    const finding = { id: 'i-1', nodeName: 'a', instanceId: 'i-1', groupName: 'workers' } as Finding;
    const decision = { finding: 'i-1', action: 'page', signal, key: 'k', words: 'it is not well' } as const;
    const composed = composePage(decision, finding, longName);
    expect(wrongs(pageText(composed, ''))).toEqual([]);
    expect(composed.kind).toMatch(/^health(-[a-z0-9]+)+$/);
  });

  const publishing = readStateMachines().flatMap(({ name, definition }) =>
    statesOf(definition).flatMap((one) =>
      String(JSON.stringify(one.state.Resource)).includes(':::sns:publish') ? [{ machine: name, ...one }] : [],
    ),
  );
  it.each(publishing)('of $machine.$name has the form', async ({ state }) => {
    const told = state.Arguments as Record<string, string> & {
      MessageAttributes: Record<string, { StringValue: string }>;
    };
    const evaluated = async (text = '') => {
      const expression = /^\{%([\s\S]*)%\}$/.exec(text)?.[1];
      return expression === undefined ? text : String(await jsonata(expression).evaluate({}, samples(expression)));
    };
    const message = (await evaluated(told.Message)).replace(`$${'{param:docsUrl}'}`, '');
    expect(wrongs({ subject: await evaluated(told.Subject), message })).toEqual([]);
    expect(await evaluated(told.MessageAttributes.cluster?.StringValue)).toBe(longName);
    expect(await evaluated(told.MessageAttributes.severity?.StringValue)).toMatch(/^(critical|warning|info)$/);
    expect(told.MessageAttributes.kind?.StringValue).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  it('has no other severity, where that is a variable', () => {
    const assigned = readStateMachines().flatMap(({ definition }) =>
      [...JSON.stringify(definition).matchAll(/"severity":"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text),
    );
    const literals = assigned.flatMap((text) =>
      text.startsWith('{%') ? [...text.matchAll(/\\"(\w+)\\"/g)].map(([, literal = '']) => literal) : [text],
    );
    expect([...new Set(literals)].sort()).toEqual(['critical', 'warning']);
  });

  it('is sent by state machines from more than ten places', () => {
    expect(publishing.length).toBeGreaterThan(10);
  });
});

/** Something for each variable of an expression. */
function samples(expression: string): Record<string, unknown> {
  const names = [...expression.matchAll(/\$(\w+)(?!\w*\()/g)].map(([, name = '']) => [name, `some ${name}`]);
  return {
    ...Object.fromEntries(names),
    cluster: longName,
    severity: 'critical',
    about: execution,
    tried: [{ rung: 'restart', seconds: 30, outcome: 'no' }],
    hasHook: true,
    settled: { why: 'a node failed', status: 'stopped', updated: 2 },
    plan: { shows: 'Snapshot: one\nLoss: a minute' },
    states: { context: { Execution: { Id: execution }, Task: { Token: 'token' } } },
  };
}
