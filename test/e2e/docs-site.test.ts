import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, type BrowserPage, chromiumPath, startChromium } from '../support/chromium.ts';
import { root } from '../support/source-files.ts';

const chromium = chromiumPath();
// Half a minute, and `npm ci` in docs/site where that was never done.
const isPlayed = process.env.TENDER_LONG !== undefined && chromium !== undefined;
const at = (path: string) => `${pathToFileURL(join(root, '.docs')).href}/${path}`;

describe.skipIf(!isPlayed)('the documentation in a browser (needs chromium)', { timeout: 120_000 }, () => {
  let browser: Browser;
  let page: BrowserPage;
  const complaints: string[] = [];

  beforeAll(async () => {
    const built = spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/docs.ts', '--no-check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(built.status, built.stderr).toBe(0);
    browser = await startChromium(chromium ?? '');
    page = await browser.newPage();
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on('requestfailed', (request) => complaints.push(`${page.url()}: did not get ${request.url()}`));
  }, 300_000);

  afterAll(() => browser?.close());

  it('opens at its start page, which has its style and its navigation', async () => {
    await page.goto(at('index.html'));

    expect(await page.title()).toBe('Tender');
    expect(await page.isVisible('main h1')).toBe(true);
    expect(await page.evaluate('getComputedStyle(document.querySelector("nav")).position')).not.toBe('static');
    expect(await page.isVisible('nav a[aria-current="page"]')).toBe(true);
  });

  it('leads by its navigation to a workflow, whose picture is seen and not broken', async () => {
    await page.goto(at('index.html'));
    await page.evaluate('document.querySelectorAll("nav details").forEach((one) => { one.open = true })');
    await page.click('nav a[href$="docs/diagrams/node-retire.html"]');

    expect(page.url()).toBe(at('docs/diagrams/node-retire.html'));
    expect(await page.innerText('nav a[aria-current="page"]'), 'where one is stands open').toBe('node-retire');
    const drawn = await page.evaluate<{ width: number; height: number; words: string; missing: number }>(`(() => {
      const svg = document.querySelector('figure.picture svg');
      const { width, height } = svg.getBoundingClientRect();
      const missing = [...document.images].filter((one) => one.naturalWidth === 0).length;
      return { width, height, words: svg.textContent, missing };
    })()`);
    expect(drawn.width).toBeGreaterThan(200);
    expect(drawn.height).toBeGreaterThan(200);
    expect(drawn.missing).toBe(0);
    expect(drawn.words).toContain('TerminateInstance');
  });

  it('shows the whole picture alone, as a picture', async () => {
    await page.goto(at('docs/diagrams/node-retire.html'));
    await page.click('figure.picture figcaption a');

    expect(page.url()).toBe(at('pictures/node-retire.svg'));
    expect(await page.evaluate('document.documentElement.localName')).toBe('svg');
    expect(await page.evaluate<number>('document.documentElement.getBoundingClientRect().width')).toBeGreaterThan(200);
  });

  it('draws every workflow', async () => {
    await page.goto(at('docs/diagrams/index.html'));
    const pages = await page.evaluate<string[]>(
      '[...document.querySelectorAll("main a[href$=\\".html\\"]")].map((one) => one.href)',
    );
    const undrawn: string[] = [];
    for (const one of pages.filter((href) => href.includes('/docs/diagrams/'))) {
      await page.goto(one);
      const width = await page.evaluate<number>(
        'document.querySelector("figure.picture svg")?.getBoundingClientRect().width ?? 0',
      );
      if (width < 100) undrawn.push(one);
    }
    expect(pages.length).toBeGreaterThan(15);
    expect(undrawn).toEqual([]);
  });

  it('leads from an alarm to its runbook, at the place that the link names', async () => {
    await page.goto(at('docs/alarms.html'));
    await page.click('main a[href="runbooks/node-not-retired.html"]');
    expect(await page.innerText('main h1')).toBe('NodeNotRetired');
    await page.goto(at('docs/alarms.html#what-stands-is-told-by-a-page'));
    const top = await page.evaluate<number>('document.querySelector(":target").getBoundingClientRect().top');
    expect(top).toBeGreaterThanOrEqual(-5);
    expect(top).toBeLessThan(600);
  });

  it('is read on a telephone without scrolling sideways', async () => {
    for (const path of ['index.html', 'docs/alarms.html', 'docs/diagrams/node-retire.html']) {
      await page.goto(at(path));
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth + 1'), path).toBe(true);
    }
  });

  it('says nothing on the console, and asks for nothing that is not there', () => {
    expect(complaints).toEqual([]);
  });
});
