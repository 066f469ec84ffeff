// Checks the browser files without a browser: our scripts parse as ES2018, the CSS stays within Chrome 80 / Safari 13, sizes.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parse } from 'acorn';
import { check as outbox } from './outbox.test.mjs';

const file = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const faults = [];
const fail = (text) => faults.push(text);

// [pattern, what it is, first Chrome or Safari that has it]
const FORBIDDEN_CSS = [
  [/@layer\b/, '@layer', 'Chrome 99'],
  [/@container\b/, '@container', 'Chrome 105'],
  [/@property\b/, '@property', 'Chrome 85'],
  [/@import\b/, '@import', 'a second request'],
  [/:has\(/, ':has()', 'Chrome 105'],
  [/:is\(/, ':is()', 'Chrome 88'],
  [/:where\(/, ':where()', 'Chrome 88'],
  [/:focus-visible/, ':focus-visible', 'Chrome 86'],
  [/:not\([^)]*,/, ':not() with a list', 'Chrome 88'],
  [/::marker/, '::marker', 'Chrome 86'],
  [/::file-selector-button/, '::file-selector-button', 'Chrome 89'],
  [/\b(oklch|oklab|lch|lab|hwb|color-mix|color)\(/, 'a new colour function', 'Chrome 111'],
  [/\b(rgb|rgba|hsl|hsla)\([^),]*\s[^),]*\)/, 'a colour with spaces', 'kept out for old kernels'],
  [/(^|[^-])\binset(-[a-z-]+)?\s*:/, 'inset', 'Chrome 87'],
  [/aspect-ratio\s*:/, 'aspect-ratio', 'Chrome 88'],
  [/(^|[^-\w])(gap|row-gap|column-gap)\s*:/, 'gap (write grid-gap in grids, margins in flex)', 'Chrome 84 in flex'],
  [/\bclamp\(/, 'clamp()', 'Safari 13.1'],
  [/\b(min|max)\((?![^()]*\)\s*(and|\{|,))/, 'min()/max()', 'kept out'],
  [/\d(dvh|svh|lvh|dvw|svw|lvw|cqw|cqh)\b/, 'a new viewport unit', 'Chrome 108'],
  [/accent-color\s*:/, 'accent-color', 'Chrome 93'],
  [/content-visibility\s*:/, 'content-visibility', 'Chrome 85'],
  [/overflow-wrap\s*:\s*anywhere/, 'overflow-wrap: anywhere', 'Safari 15.4'],
  [/overflow\s*:\s*clip/, 'overflow: clip', 'Chrome 90'],
  [/(margin|padding|border|inset)-(inline|block)\s*:/, 'a logical shorthand', 'Chrome 87'],
  [/text-wrap\s*:/, 'text-wrap', 'Chrome 114'],
  [/place-(content|self)\s*:/, 'place-*', 'kept out'],
  [/@font-face/, 'a web font', 'no web font'],
  [/url\(/, 'url()', 'no picture in the style sheet'],
  [/\(\s*(width|height)\s*[<>]=?/, 'a range in a media query', 'Chrome 104'],
  [/\bsubgrid\b/, 'subgrid', 'Chrome 117'],
];
const FORBIDDEN_JS = [
  [/\beval\s*\(|new Function|setTimeout\(\s*['"]|document\.write|\.outerHTML\s*=|insertAdjacentHTML|\.innerHTML\s*=/, 'text run or parsed as code'],
  [/setAttribute\(\s*['"](style|on\w+)['"]/, 'an inline style or handler'],
  [/\b(replaceAll|replaceChildren|structuredClone|Object\.fromEntries|matchAll|requestSubmit|AbortSignal\.timeout|queueMicrotask)\b|\.(flat|flatMap|at)\(/, 'a function newer than ES2018 or Safari 13'],
  [/https?:\/\//, 'an outside host'],
];

function nesting(css) { // depth of braces: a rule inside a rule is CSS nesting (Chrome 112)
  const stack = [];
  for (const m of css.matchAll(/([^{};]*)([{}])/g)) {
    if (m[2] === '}') { stack.pop(); continue; }
    const head = m[1].trim();
    if (stack.length && !stack[stack.length - 1].startsWith('@')) fail(`farun.css: nested rule "${head}"`);
    stack.push(head);
  }
  if (stack.length) fail('farun.css: unbalanced braces');
}

function checkCss(name, css) {
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, (c) => c.replace(/[^\n]/g, ' '));
  plain.split('\n').forEach((line, i) => {
    for (const [pattern, what, since] of FORBIDDEN_CSS) if (pattern.test(line)) fail(`${name}:${i + 1}: ${what} (${since})`);
  });
  nesting(plain);
}
function checkJs(name, js) {
  try {
    parse(js, { ecmaVersion: 2018, sourceType: 'script' });
  } catch (error) {
    fail(`${name}: does not parse as ES2018: ${error.message}`);
  }
  js.split('\n').forEach((line, i) => {
    for (const [pattern, what] of FORBIDDEN_JS) if (pattern.test(line)) fail(`${name}:${i + 1}: ${what}`);
  });
}

// The checks themselves are checked first, each with a planted fault.
for (const css of ['a{gap:1px}', 'a:has(b){}', 'a{inset:0}', 'a{color:oklch(1 0 0)}', 'a{b{c:d}}', '@layer x{}', 'a{color:rgb(1 2 3)}', 'a{width:min(1px,2px)}']) {
  const before = faults.length;
  checkCss('planted', css);
  if (faults.length === before) throw new Error(`the check is blind to ${css}`);
  faults.length = before;
}
for (const js of ['a?.b', 'a ?? b', 'eval("1")', 'x.innerHTML = y']) {
  const before = faults.length;
  checkJs('planted', js);
  if (faults.length === before) throw new Error(`the check is blind to ${js}`);
  faults.length = before;
}

checkCss('farun.css', file('static/farun.css'));
checkJs('farun.js', file('static/farun.js'));
checkJs('map.js', file('static/map.js'));
checkJs('outbox.js', file('static/outbox.js'));
checkJs('offline.js', file('static/offline.js'));

const sizes = [['static/farun.css', 20], ['static/farun.js', 15], ['static/map.js', 5], ['static/outbox.js', 9], ['static/offline.js', 2], ['static/icons.svg', 3]];
for (const [name, limit] of sizes) {
  const kib = gzipSync(file(name), { level: 9 }).length / 1024;
  process.stdout.write(`${name}: ${kib.toFixed(1)} KiB gz (limit ${limit})\n`);
  if (kib > limit) fail(`${name}: ${kib.toFixed(1)} KiB gz, limit ${limit}`);
}

process.stdout.write(`${await outbox(500)}\n`);

const lock = JSON.parse(file('package-lock.json'));
const pinned = { 'htmx.org': '2.0.11', leaflet: '1.9.4', 'axe-core': '4.14.1' };
for (const [name, version] of Object.entries(pinned)) {
  const got = lock.packages[`node_modules/${name}`];
  if (!got || got.version !== version || !got.integrity) fail(`package-lock.json: ${name} is not ${version} with an integrity`);
}
for (const [name, entry] of Object.entries(lock.packages)) if (entry.resolved) fail(`package-lock.json: ${name} names a host`);

if (faults.length) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}
