// Measures how long the citizens' pages take to show their largest part, in Chromium on a slow 4G line with a quarter of
// the processor: `node scripts/lcp.mjs http://127.0.0.1:8080 [paths…]`. Prints figures; decides nothing but that the
// brakes hold: the same page without them must be faster.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [site, ...given] = process.argv.slice(2);
if (!site) {
  process.stderr.write('usage: node scripts/lcp.mjs http://127.0.0.1:8080 [paths…]\n');
  process.exit(2);
}
const ROUNDS = 5;
const PATHS = ['/', '/stations', '/stations?view=map', '/villages', '/help', '/callback', '/search?q=%E6%AC%A0%E8%96%AA', '/bulletins', '/privacy'];
// Lighthouse's and WebPageTest's "slow 4G": 150 ms there and back, 1.6 Mbit/s down, 750 kbit/s up.
const SLOW = { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 };
const FREE = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
// Resolves with the largest paint two seconds after the last one of a loaded page.
const PAINT = `const done = arguments[0];
  let entry = null, timer = null;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => done(entry && { ms: entry.startTime, what: entry.element ? entry.element.tagName.toLowerCase() + '.' + entry.element.className : '' }), 2000); };
  new PerformanceObserver(list => { entry = list.getEntries().pop() || entry; wait(); }).observe({ type: 'largest-contentful-paint', buffered: true });
  wait();`;

const port = await new Promise((ok) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port: free } = server.address(); server.close(() => ok(free)); });
});
const profile = mkdtempSync(join(tmpdir(), 'farun-lcp-'));
const driver = spawn('chromedriver', [`--port=${port}`], { stdio: 'ignore', detached: true });

async function call(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value.message}`);
  return value;
}
async function ready() {
  for (let i = 0; i < 100; i += 1) {
    try { return await call('GET', '/status'); } catch { await new Promise((ok) => setTimeout(ok, 100)); }
  }
  throw new Error('chromedriver does not start (scripts/setup-test.sh installs it)');
}

let session = '';
const ask = (cmd, params) => call('POST', `/session/${session}/goog/cdp/execute`, { cmd, params });
async function paint(path, network, rate) {
  await ask('Network.clearBrowserCache', {});
  await ask('Network.emulateNetworkConditions', network);
  await ask('Emulation.setCPUThrottlingRate', { rate });
  await call('POST', `/session/${session}/url`, { url: 'about:blank' });
  await call('POST', `/session/${session}/url`, { url: `${site}${path}` });
  const seen = await call('POST', `/session/${session}/execute/async`, { script: PAINT, args: [] });
  if (!seen) throw new Error(`${path}: nothing was painted`);
  return seen;
}
const middle = (list) => list.slice().sort((a, b) => a.ms - b.ms)[Math.floor(list.length / 2)];
async function rounds(path, network, rate) {
  const seen = [];
  for (let i = 0; i < ROUNDS; i += 1) seen.push(await paint(path, network, rate));
  return seen;
}

try {
  await ready();
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--lang=zh-CN', `--user-data-dir=${profile}`];
  const options = { args, binary: '/usr/bin/chromium', mobileEmulation: { deviceMetrics: { width: 390, height: 844, pixelRatio: 2, touch: true } } };
  ({ sessionId: session } = await call('POST', '/session', { capabilities: { alwaysMatch: { 'goog:chromeOptions': options } } }));
  await ask('Network.enable', {});
  const paths = given.length ? given : PATHS;
  const free = middle(await rounds(paths[0], FREE, 1));
  process.stdout.write(`${paths[0]} without brakes: ${Math.round(free.ms)} ms\n`);
  for (const path of paths) {
    const seen = await rounds(path, SLOW, 4), half = middle(seen), all = seen.map((s) => Math.round(s.ms));
    process.stdout.write(`${path}: ${Math.round(half.ms)} ms (${Math.min(...all)} to ${Math.max(...all)}, ${ROUNDS} rounds), ${half.what}\n`);
    if (path === paths[0] && half.ms < free.ms + SLOW.latency) throw new Error('the brakes do not hold: the figures are worth nothing');
  }
  await call('DELETE', `/session/${session}`);
} finally {
  process.kill(-driver.pid);
  rmSync(profile, { recursive: true, force: true });
}
