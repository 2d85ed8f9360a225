import { describe, expect, it } from 'vitest';
import { sourceFiles, textOf } from '../../support/source-files.ts';
import { templateResources } from '../../support/template.ts';

interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly type: string;
  readonly properties: { readonly metrics?: readonly (readonly unknown[])[]; readonly alarms?: readonly string[] };
}

const resources = templateResources();
const [dashboard] = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard');
const body = (dashboard?.Properties.DashboardBody ?? {}) as { readonly 'Fn::Sub'?: string };
const { widgets = [] } = JSON.parse(body['Fn::Sub'] ?? '{}') as { readonly widgets?: readonly Widget[] };
const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
/** AWS's own that are shown. Source: each service's page of metrics. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  'AWS/States': ['ExecutionsSucceeded', 'ExecutionsFailed', 'ExecutionsTimedOut'],
  'AWS/Lambda': ['Errors', 'Throttles', 'Duration'],
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible'],
};

function named(type: string, property: string): Set<string> {
  return new Set(resources.filter(({ Type }) => Type === type).map(({ Properties }) => String(Properties[property])));
}

describe('the dashboard', () => {
  it('shows metrics that are written by a function, or are AWS’s own', () => {
    const counted = ['src/runtime/metrics.ts', ...sourceFiles('functions')].map(textOf).join('\n');
    const wrong = metrics.flatMap(([namespace, name]) => {
      if (typeof namespace === 'string')
        return FOREIGN[namespace]?.includes(String(name)) ? [] : [`${namespace} ${name}`];
      const searched = /MetricName="(\w+)"/.exec(JSON.stringify(namespace).replaceAll('\\"', '"'))?.[1];
      return searched && new RegExp(`\\b${searched}\\b`).test(counted) ? [] : [JSON.stringify(namespace)];
    });

    expect(metrics.length).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });

  it('shows machines, functions, queues and alarms that are in the stack, and all alarms', () => {
    const known = new Set([
      ...named('AWS::StepFunctions::StateMachine', 'StateMachineName'),
      ...named('AWS::Lambda::Function', 'FunctionName'),
      ...named('AWS::SQS::Queue', 'QueueName'),
    ]);
    const shown = metrics.flatMap(([namespace, , , value]) => (typeof namespace === 'string' ? [String(value)] : []));
    expect(shown.filter((value) => !known.has(value.split(':').at(-1) ?? ''))).toEqual([]);
    const alarms = widgets.flatMap(({ properties }) => properties.alarms ?? []).map((arn) => arn.split(':').at(-1));
    expect(new Set(alarms)).toEqual(named('AWS::CloudWatch::Alarm', 'AlarmName'));
  });

  it('has no widget over another', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
