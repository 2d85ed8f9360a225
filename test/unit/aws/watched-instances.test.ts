import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, expect, it } from 'vitest';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import { watchedInstances } from '../../../src/aws/watched-instances.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const element = (name: string, content: string) => `<${name}>${content}</${name}>`;
const answered = (action: string, content: string) =>
  `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${element('requestId', 'r')}${content}</${action}Response>`;

/** As EC2 writes an instance: elements of one name lie in others, and hold states and times of their own. */
const instance = (id: string) =>
  element(
    'item',
    [
      element('instanceId', id),
      element('instanceState', '<code>16</code><name>running</name>'),
      element('launchTime', '2026-03-01T10:00:00.000Z'),
      element('privateDnsName', 'ip-10-0-0-4.ec2.internal'),
      element('placement', '<availabilityZone>us-east-1a</availabilityZone><groupName/>'),
      element('groupSet', element('item', '<groupId>sg-1</groupId>')),
      element(
        'networkInterfaceSet',
        element('item', `${element('groupSet', element('item', '<groupId>sg-1</groupId>'))}<status>in-use</status>`),
      ),
      '<productCodes/>',
      element('tagSet', element('item', '<key>Name</key><value>a &lt;tagSet&gt; of\na cluster</value>')),
    ].join(''),
  );

const reservation = (...ids: readonly string[]) =>
  element(
    'item',
    `${element('reservationId', 'r-1')}<groupSet/>${element('instancesSet', ids.map(instance).join(''))}`,
  );

/** EC2 over HTTP: answers by action, page after page. */
async function ec2(answers: Readonly<Record<string, readonly string[]>>): Promise<AwsAccess> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const pages = answers[action] ?? [''];
    const page = Number(form.get('NextToken') ?? 0);
    const next = page + 1 < pages.length ? element('nextToken', `${page + 1}`) : '';
    const isError = pages[page]?.startsWith('<Response>') ?? false;
    response.writeHead(isError ? 400 : 200, { 'content-type': 'text/xml' });
    response.end(isError ? pages[page] : answered(action, `${pages[page]}${next}`));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settings = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
  return {
    client: (Client: new (settings: never) => EC2Client) => new Client(settings as never),
  } as unknown as AwsAccess;
}

it('reads of long answers what is needed, whatever else stands in them', async () => {
  const pages = [
    element('reservationSet', `${reservation('i-00000001', 'i-00000002')}${reservation('i-00000003')}`),
    element('reservationSet', reservation('i-00000004')),
  ];
  const aws = await ec2({ DescribeInstances: pages, DescribeInstanceStatus: ['<instanceStatusSet/>'] });
  const well = {
    state: 'running',
    launchedAt: '2026-03-01T10:00:00.000Z',
    systemStatus: 'ok',
    instanceStatus: 'ok',
    impairedSince: null,
  };
  const ids = ['i-00000001', 'i-00000002', 'i-00000003', 'i-00000004'];
  expect(await watchedInstances(aws).describe('demo', ids)).toEqual(
    ids.map((instanceId) => ({
      instanceId,
      nodeNames: ['ip-10-0-0-4.ec2.internal', 'ip-10-0-0-4', instanceId],
      ...well,
    })),
  );
});

it('still says what EC2 refused', async () => {
  const error = '<Code>UnauthorizedOperation</Code><Message>You are not authorized</Message>';
  const refusal = `<Response><Errors><Error>${error}</Error></Errors><RequestID>r</RequestID></Response>`;
  const aws = await ec2({ DescribeInstances: [refusal], DescribeInstanceStatus: ['<instanceStatusSet/>'] });
  await expect(watchedInstances(aws).describe('demo', [])).rejects.toThrow(/not authorized/);
});
