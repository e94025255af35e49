import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a Chromium is installed (CHROMIUM_PATH first), or null: browser tests say so and do without. In CI it is an error. */
export function chromiumPath(): string | null {
  const found = [process.env.CHROMIUM_PATH ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
  if (found === undefined && process.env.CI) throw new Error('CI needs a Chromium: install it or set CHROMIUM_PATH.');
  return found ?? null;
}

/** Starts a headless browser that asks nothing of any other host by itself. The caller closes it. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
}
