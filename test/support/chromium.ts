import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { root } from './source-files.ts';

/** What of a page the tests use; the package is installed with the site's generator only, and with it its types. */
export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  url(): string;
  title(): Promise<string>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  innerText(selector: string): Promise<string>;
  isVisible(selector: string): Promise<boolean>;
  /** Runs an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  on(event: 'console', hear: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', hear: (error: Error) => void): void;
  on(event: 'requestfailed', hear: (request: { url(): string }) => void): void;
}

export interface Browser {
  newPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium: `CHROMIUM`, or the first in PATH; undefined: there is none. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const inPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [process.env.CHROMIUM ?? '', ...inPath].find((path) => path !== '' && existsSync(path));
}

/** Whether what drives it is installed: `npm run docs` does that. */
export function hasDriver(): boolean {
  return existsSync(join(root, 'docs/site/node_modules/playwright-core'));
}

/** Starts a Chromium without a window. The site has to be built before: its driver is installed with the site's generator. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const { chromium } = createRequire(join(root, 'docs/site/'))('playwright-core') as {
    readonly chromium: { launch(options: object): Promise<Browser> };
  };
  // In a container the sandbox needs more than root has.
  return chromium.launch({ executablePath, chromiumSandbox: false, args: ['--disable-dev-shm-usage'] });
}
