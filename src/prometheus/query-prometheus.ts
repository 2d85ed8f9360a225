import * as z from 'zod/mini';

/** How long an answer may take. */
const TIMEOUT_MS = 5000;
/** So many results are told. */
const NAMED = 3;

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(z.looseObject({ metric: z._default(z.record(z.string(), z.string()), {}) })),
  }),
});

/**
 * What an instant query finds, in words; nothing while all is well. Whether Prometheus could be asked at all is another matter.
 * prometheus.io/docs/prometheus/latest/querying/api, "Instant queries"
 */
export async function queryPrometheus({
  url,
  query,
}: {
  readonly url: string;
  readonly query: string;
}): Promise<{ readonly closed: readonly string[]; readonly unknown: readonly string[] }> {
  const unknown = (why: string) => ({ closed: [], unknown: [why] });
  try {
    const address = new URL(`${url.replace(/\/+$/, '')}/api/v1/query`);
    address.searchParams.set('query', query);
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    const text = await response.text();
    const answer = z.safeParse(Answer, jsonOf(text));
    if (!answer.success) return unknown(`the Prometheus query was answered ${response.status}: ${text.slice(0, 200)}`);
    const found = answer.data.data.result.slice(0, NAMED);
    return { closed: found.map(({ metric }) => `the Prometheus query found ${JSON.stringify(metric)}`), unknown: [] };
  } catch (error) {
    return unknown(`Prometheus cannot be asked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
