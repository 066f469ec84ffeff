// Puts the queue of outbox.js through cuts, kills and double tabs over a make-believe server: nothing lost, nothing doubled.
import { createRequire } from 'node:module';

const { queue } = createRequire(import.meta.url)('./static/outbox.js');
const HOUR = 36e5;
const never = () => new Promise(() => {});
const turn = () => new Promise((go) => { setImmediate(go); });

function random(seed) { // mulberry32
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// A device with its browser, the network and the server. fault: 'no-key' (the server cannot recognise a retry),
// 'memory' (the browser keeps nothing over a kill), 'trusting' (any 200 counts as stored).
class World {
  constructor(seed, fault) {
    this.roll = random(seed);
    this.fault = fault;
    this.clock = 1e12;
    this.device = new Map();
    this.rows = [];
    this.replies = new Map();
    this.session = 'a7';
    this.merged = false;
    this.calm = false;
    this.strangers = 0;
    this.rounds = 0;
  }

  chance(p) { return !this.calm && this.roll() < p; }

  answer(item, csrf) { // what guard and handler do
    const key = this.fault === 'no-key' ? `${this.rows.length}:${this.roll()}` : item.key;
    if (!this.session) return { status: 401, body: { error: { status: 401, message: '请先登录。' } } };
    if (csrf !== `token of ${this.session}`) return { status: 403, body: { error: { status: 403, message: '页面已过期' } } };
    if (this.session !== item.actor) this.strangers += 1;
    const text = JSON.stringify(item.fields), old = this.replies.get(key);
    if (old) {
      return old.text === text ? { status: 200, body: { location: old.location } }
        : { status: 422, body: { error: { status: 422, message: '这份表单已经提交过，但内容不同。' } } };
    }
    if (this.merged && item.fields[0][1] === '谈家头村') {
      return { status: 422, body: { error: { status: 422, message: '', fields: [{ field: 'unit', message: '谈家头村已并入洛阳村，请改选' }] } } };
    }
    this.rows.push({ key: item.key, text });
    const location = `/services/${this.rows.length}`;
    this.replies.set(key, { text, location });
    return { status: 200, body: { location } };
  }

  tab() {
    const world = this, mine = { alive: true }, memory = new Map();
    const kept = this.fault === 'memory' ? memory : this.device;
    const lives = async () => { await turn(); if (!mine.alive) await never(); };
    const clone = (x) => (x === undefined ? x : JSON.parse(JSON.stringify(x)));
    const net = async (work) => {
      await lives();
      if (world.chance(0.2)) throw new TypeError('the request never left');
      if (world.chance(0.05)) return { status: world.roll() < 0.5 ? 502 : 503, wait: 5000 };
      if (world.chance(0.05)) return { status: 200 }; // the hotel asks to accept its terms
      if (world.chance(0.03)) return { status: 0 };
      if (world.chance(0.03)) return { status: 404 };
      const got = work();
      if (world.chance(0.05)) mine.alive = false; // the phone's battery is empty before the answer comes
      await lives();
      if (world.chance(0.25)) throw new TypeError('the answer never came');
      return got;
    };
    mine.q = queue({
      actor: 'a7',
      store: {
        async list() { await lives(); return [...kept.values()].map(clone); },
        async update(key, change) {
          await lives();
          const now = change(clone(kept.get(key)));
          if (now) kept.set(key, clone(now)); else kept.delete(key);
          if (world.chance(0.02)) mine.alive = false;
          await lives();
          return clone(now);
        },
      },
      session: () => net(() => (world.session ? { status: 200, actor: world.session, csrf: `token of ${world.session}` } : { status: 401 })),
      async send(item, csrf) {
        const got = await net(() => world.answer(item, csrf));
        return world.fault === 'trusting' && got.status === 200 ? { status: 200, body: { location: '/' } } : got;
      },
      now: () => world.clock,
      random: () => world.roll(),
      changed: () => {},
    });
    return mine;
  }

  async run() {
    const tabs = [this.tab()], promised = new Map(), tried = new Set(), all = 1 + Math.floor(this.roll() * 6);
    const pick = () => {
      if (!tabs.some((tab) => tab.alive)) tabs.push(this.tab());
      const alive = tabs.filter((tab) => tab.alive);
      return alive[Math.floor(this.roll() * alive.length)];
    };
    const shrug = () => {};
    let made = 0;
    for (let step = 0; step < 40; step += 1) {
      this.clock += Math.floor(this.roll() * HOUR);
      const dice = this.roll(), tab = pick();
      if (dice < 0.3 && made < all) {
        made += 1;
        const key = `k${made}`, fields = [['unit', this.roll() < 0.5 ? '谈家头村' : '阳湖村'], ['note', `第 ${made} 次`]];
        tried.add(key);
        const token = `token of ${this.roll() < 0.7 ? 'a7' : 'yesterday'}`;
        tab.q.put({ key, path: '/services/new', fields, words: key }).then((item) => {
          promised.set(key, item.fields); // now the page says: kept
          return tab.q.now(key, token);
        }).then(shrug, shrug);
        if (this.roll() < 0.3) tab.q.put({ key, path: '/services/new', fields, words: key }).then(shrug, shrug); // a double tap
      } else if (dice < 0.4) tab.alive = false;
      else if (dice < 0.5) tabs.push(this.tab());
      else if (dice < 0.55) this.session = this.roll() < 0.5 ? '' : 'a8';
      else if (dice < 0.7) this.session = 'a7';
      else if (dice < 0.75) this.merged = true;
      else tab.q.flush(this.roll() < 0.5).then(shrug, shrug);
      for (let n = Math.floor(this.roll() * 12); n > 0; n -= 1) await turn();
    }
    // The network is back, the person logs in and opens the page.
    for (const tab of tabs) tab.alive = false;
    this.calm = true;
    this.session = 'a7';
    const last = this.tab();
    const list = () => [...(this.fault === 'memory' ? [] : this.device.values())];
    const finish = async () => {
      for (let n = 0; n < 20 && list().some((item) => item.state === 'waiting'); n += 1) {
        this.rounds += 1;
        await last.q.flush(true);
      }
    };
    await finish();
    const refused = list().filter((item) => item.state === 'refused');
    for (const item of refused) { // the person corrects what came back
      if (!item.said || !item.fields) throw new Error(`${item.key} came back without a word or its content`);
      const fields = [['unit', '洛阳村'], item.fields[1]];
      await last.q.put({ key: item.key, path: item.path, fields, words: item.words });
    }
    await finish();
    const left = list().filter((item) => item.state !== 'saved');
    const of = (key) => this.rows.filter((row) => row.key === key).length;
    return {
      lost: [...promised.keys()].filter((key) => of(key) === 0).length,
      doubled: [...tried].filter((key) => of(key) > 1).length,
      left: left.length,
      text: list().filter((item) => item.state === 'saved' && item.fields).length,
      promised: promised.size,
      refused: refused.length,
      strangers: this.strangers,
    };
  }
}

async function sequences(count, fault) {
  const sum = { lost: 0, doubled: 0, left: 0, text: 0, promised: 0, refused: 0, strangers: 0 };
  for (let seed = 1; seed <= count; seed += 1) {
    const got = await new World(seed, fault).run();
    for (const name of Object.keys(sum)) sum[name] += got[name];
    if (!fault && (got.lost || got.doubled || got.left || got.text || got.strangers)) throw new Error(`sequence ${seed}: ${JSON.stringify(got)}`);
  }
  return sum;
}

// Answers one by one: what proves that something is stored, and what does not.
async function answers() {
  const cases = [
    [{ status: 200, body: { location: '/services/1' } }, 'saved'], [{ status: 200 }, 'waiting'], [{ status: 0 }, 'waiting'],
    [{ status: 422, body: { error: { status: 422, message: '请改正' } } }, 'refused'], [{ status: 422 }, 'waiting'],
    [{ status: 413, body: {} }, 'waiting'], [{ status: 404, body: { error: { status: 404, message: '没有' } } }, 'refused'],
    [{ status: 503, wait: 9e6 }, 'waiting'], [{ status: 500, body: { error: { status: 500, message: '出错' } } }, 'waiting'], [{ status: 401 }, 'waiting'],
  ];
  for (const [answer, state] of cases) {
    const world = new World(1), tab = world.tab();
    world.calm = true;
    world.answer = () => answer;
    await tab.q.put({ key: 'k', path: '/services/new', fields: [['note', '一句话']], words: 'k' });
    await tab.q.flush(true);
    const item = world.device.get('k');
    if (item.state !== state) throw new Error(`${JSON.stringify(answer)} makes it ${item.state}, not ${state}`);
    if (answer.wait && item.next < world.clock + answer.wait) throw new Error('it does not wait as long as it was told to');
    if (state === 'saved' && item.fields) throw new Error('the content of what is stored stays on the device');
  }
  // Whoever was away for so long that the server has forgotten its key must look first.
  const world = new World(1), tab = world.tab();
  world.calm = true;
  await tab.q.put({ key: 'k', path: '/services/new', fields: [['note', '一句话']], words: 'k' });
  world.answer = () => ({ status: 500 });
  await tab.q.flush(true);
  delete world.answer;
  world.clock += 51 * 24 * HOUR;
  await tab.q.flush(true);
  if (world.device.get('k').state !== 'refused' || world.rows.length) throw new Error('an attempt of 51 days ago was repeated blindly');
}

export async function check(count) {
  await answers();
  const fine = await sequences(count);
  if (fine.promised < count || !fine.refused) throw new Error(`the sequences try too little: ${JSON.stringify(fine)}`);
  // The test is tested: each planted fault must show.
  const keyless = await sequences(count, 'no-key'), forgetful = await sequences(count, 'memory'), trusting = await sequences(count, 'trusting');
  if (!keyless.doubled) throw new Error('a queue without keys doubles nothing here: the test is blind');
  if (!forgetful.lost || !trusting.lost) throw new Error('a queue that forgets, or believes any 200, loses nothing here: the test is blind');
  return `outbox: ${count} sequences, ${fine.promised} forms, ${fine.refused} sent back and corrected: 0 lost, 0 doubled ` +
    `(planted: without keys ${keyless.doubled} doubled; kept in memory ${forgetful.lost} lost; believing any 200 ${trusting.lost} lost)`;
}
