import { expect, it } from 'vitest';
import { calledServices } from '../../src/doctor/aws-services.ts';
import { textOf } from '../support/source-files.ts';
import { referredId, type TemplateResource, templateResources } from '../support/template.ts';

const resources = templateResources();
const byId = new Map(resources.map((resource) => [resource.id, resource]));

/** What an endpoint of the VPC is called where that is not how policies call the service. */
const endpointNames: Readonly<Record<string, string>> = { cloudwatch: 'monitoring', tag: 'tagging' };
/** Lambda writes the logs itself, and handing a role on is no call. */
const notCalled = ['iam', 'logs'];

/** Functions with `vpc` in serverless.yml. */
function functionsInVpc(): readonly string[] {
  const block = /^functions:\n((?: .*\n|\n)+)/m.exec(textOf('serverless.yml'))?.[1] ?? '';
  return block
    .split(/^(?= {2}[a-z-]+:$)/m)
    .filter((text) => /^ {4}vpc:/m.test(text))
    .map((text) => /^ {2}([a-z-]+):$/m.exec(text)?.[1] ?? '');
}

/** The actions that a function's role allows it. */
function actionsOf({ Properties }: TemplateResource): readonly string[] {
  const role = byId.get(referredId(Properties.Role) ?? '')?.Properties;
  const policies = [role?.ManagedPolicyArns].flat().map((arn) => byId.get(referredId(arn) ?? '')?.Properties);
  const documents = JSON.stringify([role?.Policies, ...policies]);
  return [...documents.matchAll(/"([a-z0-9-]+:[A-Z]\w+)"/g)].map(([, action = '']) => action);
}

it('finds in deploy/README.md each service of AWS that functions in the VPC may call, and no other', () => {
  const names = new Set(functionsInVpc());
  const functions = resources.filter(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' && names.has(String(Properties.FunctionName).replace(/^tender-dev-/, '')),
  );
  const services = functions.flatMap(actionsOf).map((action) => action.split(':')[0] ?? '');
  const called = [...new Set(services)].filter((service) => !notCalled.includes(service));

  const table = /^\| endpoint \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(textOf('deploy/README.md'))?.[1] ?? '';
  const told = [...table.matchAll(/^\| `([a-z0-9.]+)` \|/gm)].map(([, endpoint = '']) => endpoint);
  expect([functions.length, told.length]).toEqual([names.size, new Set(told).size]);
  expect(told.sort()).toEqual(called.map((service) => endpointNames[service] ?? service).sort());
  expect(calledServices.map(({ name }) => name).toSorted(), 'what the doctor asks for').toEqual(told.toSorted());
});
