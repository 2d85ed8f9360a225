import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { frontDoor } from '../../simulator/wire/front-door.ts';
import { listen } from '../../simulator/wire/http-server.ts';
import { chromiumPath, hasDriver, startChromium } from '../support/chromium.ts';
import { answerLinkResources, linksOfPage } from '../support/scenarios/answer-links.ts';
import { asksAtOnce } from '../support/scenarios/asks-at-once.ts';
import { rehearseFleet } from '../support/scenarios/departure.ts';
import type { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { pages } from '../support/scenarios/scenario.ts';

const chromium = chromiumPath();
const isInBrowser = process.env.TENDER_LONG !== undefined && chromium !== undefined && hasDriver();
const closing: (() => Promise<unknown>)[] = [];

/** A restore that asks, in a local cloud with a socket, which keeps pace with real time. */
async function asked(): Promise<{ scenario: FaultScenario; yes: URL; port: number }> {
  const { scenario } = await rehearseFleet({ workers: 1, cloud: { moreResources: await answerLinkResources() } });
  await asksAtOnce(scenario);
  scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo' });
  await scenario.world.until('it asks', () => pages(scenario).length > 0);
  const { cloud, world } = scenario;
  const door = await listen({ endpoint: frontDoor(cloud.front, cloud.network) });
  const stop = new AbortController();
  const pace = world.pace(5, stop.signal);
  closing.push(async () => {
    stop.abort();
    await pace;
    await door.close();
  });
  const { port } = door;
  return { scenario, yes: new URL(linksOfPage(scenario, 'approve the restore').yes ?? ''), port };
}

/** Asks as curl does that was told where the host is. */
function ask(port: number, { host, search }: URL, method: string, fields?: URLSearchParams) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { host, 'content-type': 'application/x-www-form-urlencoded' };
    const path = fields ? '/' : `/${search}`;
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
    });
    sent.on('error', reject).end(fields?.toString());
  });
}

const approved = ({ deployment }: FaultScenario) => deployment.executions('etcd-restore')[0]?.run.outcome;

describe('a link that answers, at a socket of the local cloud', { timeout: 120_000 }, () => {
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it.each(['on.aws', 'localhost'])('shows by GET, and acts by POST, at %s', async (end) => {
    const { scenario, yes, port } = await asked();
    yes.hostname = yes.hostname.replace(/on\.aws$/, end);

    const shown = await ask(port, yes, 'GET');
    expect(shown).toMatchObject({ status: 200, text: expect.stringContaining('two minutes would be lost') });
    expect(approved(scenario)).toBeUndefined();
    const done = await ask(port, yes, 'POST', new URLSearchParams([...yes.searchParams, ['by', 'Ada']]));
    expect(done).toMatchObject({ status: 200, text: expect.stringContaining('<h1>Done</h1>') });
    await expect
      .poll(() => approved(scenario), { timeout: 30_000 })
      .toMatchObject({
        output: expect.stringContaining('"by":"Ada, by link, from 203.0.113.7"'),
      });
  });

  it.runIf(isInBrowser)('is pressed in a browser (needs chromium, and npm run docs once)', async () => {
    const { scenario, yes, port } = await asked();
    const browser = await startChromium(chromium ?? '');
    closing.push(() => browser.close());
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));

    await page.goto(`http://${yes.hostname.replace(/on\.aws$/, `localhost:${port}`)}/${yes.search}`);
    expect(await page.innerText('main, body')).toContain('two minutes would be lost');
    expect(approved(scenario)).toBeUndefined();
    await page.fill('input[name="by"]', 'Ada');
    await page.click('button');
    await expect.poll(() => page.innerText('h1'), { timeout: 30_000 }).toBe('Done');

    await expect.poll(() => approved(scenario), { timeout: 30_000 }).toMatchObject({ status: 'SUCCEEDED' });
    // A browser asks for a picture of the site by itself, which there is none of.
    expect(complaints.filter((text) => !/favicon|status of 4\d\d/.test(text))).toEqual([]);
  });
});
