import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryPrometheus } from '../../../src/prometheus/query-prometheus.ts';

let server: Server;
let url = '';
const asked: string[] = [];
const vector = (...metrics: object[]) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: metrics.map((metric) => ({ metric, value: [1, '1'] })) },
  });
const answers: Record<string, [number, string]> = {
  'errors > 1': [200, vector({ job: 'shop' })],
  'errors > 9': [200, vector()],
  broken: [400, JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error' })],
};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const query = new URL(request.url ?? '', 'http://localhost').searchParams.get('query') ?? '';
    const [status, text] = answers[query] ?? [302, ''];
    response.writeHead(status, status === 302 ? { location: 'http://169.254.169.254/' } : {}).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prometheus/`;
});
afterAll(() => server.close());

it('tells what an instant query finds, and nothing while there is nothing', async () => {
  expect(await queryPrometheus({ url, query: 'errors > 1' })).toEqual({
    closed: ['the Prometheus query found {"job":"shop"}'],
    unknown: [],
  });
  expect(await queryPrometheus({ url, query: 'errors > 9' })).toEqual({ closed: [], unknown: [] });
  expect(asked[0]).toBe('/prometheus/api/v1/query?query=errors+%3E+1');
});

it('blames nobody when it cannot be asked, and follows nobody elsewhere', async () => {
  const broken = await queryPrometheus({ url, query: 'broken' });
  expect(broken).toMatchObject({ closed: [], unknown: [expect.stringContaining('was answered 400: ')] });
  expect((await queryPrometheus({ url, query: 'elsewhere' })).unknown).toHaveLength(1);
  expect((await queryPrometheus({ url: 'http://127.0.0.1:1', query: 'x' })).unknown[0]).toMatch(
    /^Prometheus cannot be asked/,
  );
});
