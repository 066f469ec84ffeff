// Forms that wait on the device until the network is back (待上传): nothing is lost, nothing is sent twice. ES2018, no eval.
(function (root) {
  'use strict';
  var FIRST_WAIT = 5000, LONGEST_WAIT = 600000, DAY = 864e5;
  var TOO_OLD = 50 * DAY; // the server remembers the keys of answered requests for 60 days
  var SHOW_SAVED = DAY;

  // ---- the queue: no browser in it, so that Node can cut its network and kill it at any point ----
  // env: actor; store {list() -> Promise<[item]>, update(key, change) -> Promise<item>}: durable when it resolves, and
  // change() runs alone; session() -> Promise<{status, actor, csrf}>; send(item, csrf) -> Promise<{status, body, wait}>;
  // now() ms; random() 0..1; changed() is told when something may look different.
  function queue(env) {
    var round = null, sending = '';

    // Takes a form in under its key; one that was answered already stays as it is.
    function put(draft) {
      return env.store.update(draft.key, function (old) {
        if (old && old.state === 'saved') return old;
        return {
          key: draft.key, actor: env.actor, path: draft.path, fields: draft.fields, words: draft.words,
          state: 'waiting', rev: old ? old.rev + 1 : 1, at: old ? old.at : env.now(), first: old ? old.first : 0,
          tries: 0, next: 0, said: ''
        };
      });
    }

    function same(now, item) { return !!now && now.rev === item.rev && now.state === 'waiting'; }

    // What the server's answer means. Only our own server proves that something is stored, or that it never will be:
    // pages of proxies and of the hotel's network mean "again".
    function judge(answer) {
      var status = answer.status, body = answer.body || {}, error = body.error || {};
      if (status === 200 && typeof body.location === 'string') return { is: 'saved', location: body.location, done: body.done };
      if (status === 401) return { is: 'login' };
      if (error.status !== status) return { is: 'again', wait: answer.wait };
      var fields = (error.fields || []).map(function (f) { return f.message; });
      var said = fields.length ? fields.join('；') : error.message || '没有办成，请核对后再试';
      if (status === 403) return { is: 'denied', said: said };
      if (status === 400 || status === 404 || status === 409 || status === 413 || status === 422) return { is: 'refused', said: said };
      return { is: 'again', wait: answer.wait };
    }

    function settle(item, verdict) {
      return env.store.update(item.key, function (now) {
        if (!same(now, item)) return now; // deleted or changed meanwhile: what is there now is sent on its own
        if (verdict.is === 'saved') {
          return { key: now.key, actor: now.actor, path: now.path, words: now.words, rev: now.rev, at: now.at, state: 'saved', location: verdict.location, saved: env.now() };
        }
        now.tries += 1;
        if (verdict.is === 'refused' || (verdict.is === 'denied' && now.tries > 3)) {
          now.state = 'refused';
          now.said = verdict.said;
        } else if (verdict.is !== 'login') {
          var wait = Math.min(LONGEST_WAIT, FIRST_WAIT * Math.pow(2, Math.min(now.tries - 1, 10)));
          now.next = env.now() + Math.max(wait * (0.5 + env.random() / 2), verdict.wait || 0);
        }
        return now;
      }).then(function () { return verdict; });
    }

    function one(item, csrf) {
      if (item.first && env.now() - item.first > TOO_OLD) {
        return settle(item, { is: 'refused', said: '上次提交已过去很久，不能确定当时是否存好。请先在“服务记录”里核对，没有的再重新登记' });
      }
      // The first attempt is noted before it is made: whoever is killed in between still knows of it.
      return env.store.update(item.key, function (now) {
        if (same(now, item) && !now.first) now.first = env.now();
        return now;
      }).then(function (now) {
        if (!same(now, item)) return { is: 'gone' };
        sending = item.key;
        env.changed();
        return env.send(now, csrf).then(judge, function () { return { is: 'again' }; })
          .then(function (verdict) { return settle(item, verdict); });
      }).then(function (verdict) { sending = ''; env.changed(); return verdict; },
        function (error) { sending = ''; env.changed(); throw error; });
    }

    // Sends what is due, oldest first; everything, if forced. Stops where it makes no sense to go on.
    function flush(force) {
      if (round) return round;
      function end(done) { round = null; env.changed(); return done; }
      round = env.store.list().then(function (items) {
        var due = items.filter(function (i) { return i.state === 'waiting' && (force || i.next <= env.now()); });
        due.sort(function (a, b) { return a.at - b.at || (a.key < b.key ? -1 : 1); });
        if (!due.length) return { is: 'idle' };
        return env.session().then(function (who) {
          if (who.status === 401) return { is: 'login' };
          if (who.status !== 200 || !who.csrf) return settle(due[0], { is: 'again' });
          if (who.actor !== env.actor) return { is: 'other' };
          function next(at) {
            if (at >= due.length) return { is: 'idle' };
            return one(due[at], who.csrf).then(function (verdict) {
              var on = verdict.is === 'saved' || verdict.is === 'refused' || verdict.is === 'gone';
              return on ? next(at + 1) : verdict;
            });
          }
          return next(0);
        }, function () { return settle(due[0], { is: 'again' }); });
      }).then(end, function (error) { end(); throw error; });
      return round;
    }

    // Sends one form that was just filled in, with the token of its own page.
    function now(key, csrf) {
      return env.store.list().then(function (items) {
        var item = items.filter(function (i) { return i.key === key && i.state === 'waiting'; })[0];
        return item ? one(item, csrf) : { is: 'gone' };
      });
    }

    function remove(key) { return env.store.update(key, function () { return undefined; }); }

    // What was stored a day ago is no news.
    function tidy() {
      return env.store.list().then(function (items) {
        return Promise.all(items.map(function (i) { return i.state === 'saved' && env.now() - i.saved > SHOW_SAVED ? remove(i.key) : null; }));
      });
    }

    return { put: put, flush: flush, now: now, remove: remove, tidy: tidy, sending: function () { return sending; } };
  }

  if (typeof module === 'object' && module.exports) { module.exports = { queue: queue }; return; }

  // ---- the browser ----
  var doc = document, actor = doc.documentElement.dataset.actor, tools = root.farun;
  if (!actor || !tools || !root.indexedDB || !root.fetch || !root.Promise || !root.URLSearchParams || !root.FormData) return;
  var SESSION = '/api/v1/services/session', WORKER = '/services/offline.js', DONE = 'farun-offline';
  var db = null, items = [], timer = 0, status = '', q = null;

  function make(tag, cls, text) {
    var el = doc.createElement(tag);
    if (cls) el.className = cls;
    if (text) el.textContent = text;
    return el;
  }
  function open() {
    return new Promise(function (resolve, reject) {
      var ask = root.indexedDB.open('farun-outbox', 1);
      ask.onupgradeneeded = function () { ask.result.createObjectStore('items', { keyPath: 'key' }); };
      ask.onsuccess = function () { ask.result.onversionchange = function () { ask.result.close(); }; resolve(ask.result); };
      ask.onerror = ask.onblocked = function () { reject(ask.error); };
    });
  }
  var store = {
    list: function () {
      return new Promise(function (resolve, reject) {
        var ask = db.transaction('items').objectStore('items').getAll();
        ask.onsuccess = function () { resolve(ask.result.filter(function (i) { return i.actor === actor; })); };
        ask.onerror = function () { reject(ask.error); };
      });
    },
    update: function (key, change) {
      return new Promise(function (resolve, reject) {
        // Strict: on the disk before anybody is told that it is kept (Chromium; others ignore it).
        var work = db.transaction('items', 'readwrite', { durability: 'strict' }), all = work.objectStore('items'), ask = all.get(key), result;
        ask.onsuccess = function () {
          result = change(ask.result);
          if (result) all.put(result); else all.delete(key);
        };
        work.oncomplete = function () { resolve(result); };
        work.onabort = work.onerror = function () { reject(work.error); };
      });
    }
  };
  function timed(start, limit) {
    return new Promise(function (resolve, reject) {
      var stop = root.AbortController ? new AbortController() : null;
      var late = setTimeout(function () { if (stop) stop.abort(); reject(new Error('too late')); }, limit);
      start(stop ? stop.signal : undefined).then(function (r) { clearTimeout(late); resolve(r); }, function (e) { clearTimeout(late); reject(e); });
    });
  }
  function answer(response) {
    var wait = Number(response.headers.get('retry-after')) * 1000 || 0, status = response.status;
    if (!/json/.test(response.headers.get('content-type') || '')) return { status: status, wait: wait };
    return response.json().then(function (body) { return { status: status, body: body, wait: wait }; });
  }
  function session() {
    return timed(function (signal) {
      return fetch(SESSION, { credentials: 'same-origin', cache: 'no-store', redirect: 'manual', headers: { Accept: 'application/json' }, signal: signal }).then(answer);
    }, 15000).then(function (a) { return { status: a.status, actor: a.body && a.body.actor, csrf: a.body && a.body.csrf }; });
  }
  function send(item, csrf) {
    var body = new URLSearchParams();
    item.fields.forEach(function (f) { body.append(f[0], f[1]); });
    return timed(function (signal) {
      return fetch(item.path, {
        method: 'POST', credentials: 'same-origin', cache: 'no-store', redirect: 'manual', signal: signal, body: body.toString(),
        headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded', 'X-CSRF-Token': csrf, 'Idempotency-Key': item.key }
      }).then(answer);
    }, 30000);
  }

  function waiting() { return items.filter(function (i) { return i.state !== 'saved'; }); }
  function go(force) {
    clearTimeout(timer);
    return q.flush(force).then(function (end) { status = end.is; return refresh(); }, refresh).then(function () {
      var due = items.filter(function (i) { return i.state === 'waiting'; }).map(function (i) { return i.next; });
      if (due.length && status !== 'login' && status !== 'other') {
        timer = setTimeout(function () { go(false); }, Math.max(1000, Math.min.apply(null, due) - Date.now()));
      }
    });
  }
  function refresh() { return store.list().then(function (list) { items = list; draw(); }); }

  // ---- what one sees: the whole list on the pages that write, one line on the others ----
  var STATES = { waiting: ['warn', '待传'], sending: ['info', '在传'], saved: ['ok', '已存'], refused: ['bad', '被退回'] };
  var WHY = {
    login: '登录已过期，请重新登录（已绑定的手机输入 PIN 即可），登录后自动继续上传。',
    other: '现在登录的是另一个账号。请用原来的账号登录后继续上传。',
    again: '现在连不上，稍后自动重试。'
  };
  function line(item) {
    var state = q.sending() === item.key ? 'sending' : item.state, look = STATES[state];
    var li = make('li', 'list-row'), main = make('div', 'list-main'), row = make('div', 'list-action actions'), when = new Date(item.at);
    var meta = make('p', 'list-meta');
    main.appendChild(make('p', 'list-text', item.words));
    meta.appendChild(make('span', 'badge ' + look[0], look[1]));
    meta.appendChild(doc.createTextNode(' ' + (when.getMonth() + 1) + '月' + when.getDate() + '日 ' + when.getHours() + ':' + (when.getMinutes() + 100 + '').slice(1) + ' 填写'));
    main.appendChild(meta);
    if (item.said) main.appendChild(make('p', 'field-error', item.said));
    if (state === 'saved') {
      var link = make('a', 'btn', '查看');
      link.href = item.location;
      row.appendChild(link);
    } else if (state !== 'sending') {
      var change = make('a', 'btn', '修改'), drop = make('button', 'btn btn-danger', '删除');
      change.href = item.path + '#edit=' + item.key;
      change.addEventListener('click', function (ev) { if (edit(item)) ev.preventDefault(); });
      drop.type = 'button';
      drop.addEventListener('click', function () {
        var text = item.first ? '这条可能已经传到，删除前请在“服务记录”里核对。确定从本机删除？' : '这条还没有上传，删除后找不回来。确定删除？';
        tools.ask(text, '删除', true).then(function (yes) { if (yes) q.remove(item.key).then(refresh); });
      });
      row.appendChild(change);
      row.appendChild(drop);
    }
    li.appendChild(main);
    li.appendChild(row);
    return li;
  }
  function draw() {
    var box = doc.querySelector('[data-outbox-list]'), open = waiting(), main = doc.getElementById('main');
    var editing = Array.prototype.map.call(doc.querySelectorAll('form[data-outbox] input[name="idempotency_key"]'), function (el) { return el.value; });
    if (!box) {
      var bar = doc.getElementById('outbox-bar');
      if (bar) bar.parentNode.removeChild(bar);
      if (!open.length || !main) return;
      bar = make('div', 'alert warn no-print');
      bar.id = 'outbox-bar';
      bar.setAttribute('role', 'status');
      var p = make('p', '', '有 ' + open.length + ' 条登记还在这台设备上，没有上传。'), link = make('a', '', '查看待上传');
      link.href = '/services/new#outbox';
      p.appendChild(link);
      bar.appendChild(p);
      main.insertBefore(bar, main.firstChild);
      return;
    }
    var shown = items.filter(function (i) { return !(i.state === 'refused' && editing.indexOf(i.key) >= 0); });
    shown.sort(function (a, b) { return b.at - a.at; });
    box.textContent = '';
    box.hidden = !shown.length;
    if (!shown.length) return;
    var list = make('ul', 'list'), head = make('h2', '', '待上传'), row = make('div', 'actions'), again = make('button', 'btn', '立即重传');
    head.id = 'outbox';
    box.appendChild(head);
    box.appendChild(make('p', 'hint', '没有网络时登记的内容先存在这台设备上（不加密，只有您的账号登录后显示），上传后即从本机清除。'));
    if (open.length && WHY[status]) {
      var why = make('div', 'alert warn'), words = make('p', '', WHY[status]);
      why.setAttribute('role', 'status');
      if (status === 'login') {
        var enter = make('a', '', '重新登录');
        enter.href = '/login?next=' + encodeURIComponent(location.pathname);
        words.appendChild(enter);
      }
      why.appendChild(words);
      box.appendChild(why);
    }
    again.type = 'button';
    again.addEventListener('click', function () { tools.say('正在重传'); go(true); });
    if (open.length) { row.appendChild(again); box.appendChild(row); }
    shown.forEach(function (item) { list.appendChild(line(item)); });
    box.appendChild(list);
  }

  // ---- the forms ----
  function fields(form) { // what the browser would send, without what belongs to the page it was filled in on
    var out = [];
    new FormData(form).forEach(function (value, name) {
      if (name !== 'csrf' && name !== 'idempotency_key' && typeof value === 'string') out.push([name, value.replace(/\r\n|\r|\n/g, '\r\n')]);
    });
    return out;
  }
  function words(form) { // a line that the person recognises
    var out = [], other = form.elements.other_day;
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || el.type === 'hidden' || /^(people|other_day)$/.test(el.name)) return;
      var text = '';
      if (el.type === 'radio' || el.type === 'checkbox') {
        if (el.checked) text = el.name === 'happened_on' ? (other && other.value) || el.value : el.parentNode.textContent;
      } else if (el.tagName === 'SELECT') {
        text = el.value ? el.options[el.selectedIndex].textContent : '';
      } else text = el.value;
      text = (text || '').trim();
      if (text && !/^\d{1,3}$/.test(text)) out.push(text.length > 30 ? text.slice(0, 30) + '…' : text);
    });
    return out.slice(0, 5).join('，') || '一条登记';
  }
  function keyOf(form) { return form.querySelector('input[name="idempotency_key"]'); }
  function tell(form, cls, text) {
    var box = form.farunSaid;
    if (box) box.parentNode.removeChild(box);
    box = form.farunSaid = make('div', 'alert ' + cls);
    box.setAttribute('role', cls === 'bad' ? 'alert' : 'status');
    box.appendChild(make('p', '', text));
    form.parentNode.insertBefore(box, form);
    if (box.scrollIntoView) box.scrollIntoView({ block: 'nearest' });
  }
  function fresh(form) {
    form.reset();
    catchUp(form);
    keyOf(form).value = tools.uuid();
  }
  function edit(item) { // puts a waiting or refused draft back into its form
    var form = Array.prototype.filter.call(doc.querySelectorAll('form[data-outbox]'), function (f) { return f.getAttribute('action') === item.path; })[0];
    if (!form) return false;
    tools.fill(form, item.fields);
    item.fields.forEach(function (f) { // a day that is neither today nor yesterday any more
      if (f[0] !== 'happened_on' || !form.elements.other_day || form.elements.other_day.value) return;
      if (!form.querySelector('input[name="happened_on"]:checked')) form.elements.other_day.value = f[1];
    });
    keyOf(form).value = item.key;
    tell(form, item.said ? 'bad' : 'info', item.said || '改好后点“保存”。');
    var first = form.querySelector('input:not([type="hidden"]), textarea');
    if (first) first.focus();
    draw();
    return true;
  }
  // A page kept for days without network still calls its own day "today".
  function catchUp(form) {
    var then = Number(form.dataset.rendered), day = form.dataset.day;
    function number(ms) { return Math.floor((ms + 8 * 36e5) / DAY); } // days in Beijing
    var late = then && day ? number(Date.now()) - number(then) : 0;
    if (late <= 0) return;
    Array.prototype.forEach.call(form.querySelectorAll('[name="happened_on"]'), function (el) {
      var at = Date.parse(el.defaultValue + 'T00:00:00Z');
      if (at) el.value = new Date(at + late * DAY).toISOString().slice(0, 10);
    });
  }
  function take(form) {
    form.farunOutbox = true; // farun.js lets it through without a network
    if (!doc.querySelector('.error-summary')) keyOf(form).value = tools.uuid();
    catchUp(form);
    form.addEventListener('submit', function (ev) {
      if (ev.defaultPrevented) return;
      ev.preventDefault();
      if (form.farunSending) return;
      form.farunSending = true;
      form.setAttribute('aria-busy', 'true');
      var key = keyOf(form).value, stale = false;
      function native() { HTMLFormElement.prototype.submit.call(form); } // the server's own page says it best
      function free() { form.farunSending = false; form.removeAttribute('aria-busy'); return refresh(); }
      q.put({ key: key, path: form.getAttribute('action'), fields: fields(form), words: words(form) }).then(function (kept) {
        if (kept.state === 'saved') { native(); return null; }
        if (form.farunDraft) form.farunDraft.drop();
        var token = form.querySelector('input[name="csrf"]').value;
        return q.now(key, token).then(function (verdict) {
          if (verdict.is !== 'denied') return verdict;
          stale = true; // an old page: ask for a token of today
          return q.flush(true).then(function (end) {
            return store.list().then(function (list) {
              var item = list.filter(function (i) { return i.key === key; })[0];
              if (item && item.state === 'saved') return { is: 'saved', location: item.location };
              if (item && item.state === 'refused') return { is: 'refused', said: item.said };
              return end.is === 'idle' ? { is: 'again' } : end;
            });
          });
        });
      }).then(function (verdict) {
        if (!verdict) return null;
        status = verdict.is;
        if (verdict.is === 'saved') {
          try { root.sessionStorage.setItem('farun.done', verdict.done || ''); } catch (e) { /* the page says enough */ }
          location.assign(verdict.location);
          return null;
        }
        if (!stale && (verdict.is === 'refused' || verdict.is === 'login')) { native(); return null; }
        if (verdict.is === 'refused') { tell(form, 'bad', verdict.said); return free(); }
        fresh(form);
        tell(form, 'warn', verdict.is === 'login' || verdict.is === 'other' ? '已存在本机，还没有上传。' + WHY[verdict.is] : '没有网络，已存在本机。联网后自动上传，可以接着登记下一条。');
        return free().then(function () { return go(false); });
      }).catch(function () { native(); }); // the device keeps nothing: as without this script
    });
  }

  // ---- logging out: say so, and forget the pages kept for this account ----
  doc.addEventListener('submit', function (ev) {
    var form = ev.target;
    if (!form.matches('form[data-logout]')) return;
    if (waiting().length && !form.farunLeave) {
      ev.preventDefault();
      ev.stopImmediatePropagation();
      tools.ask('还有 ' + waiting().length + ' 条登记没有上传。退出后仍留在这台设备上，您再登录时继续上传。确定退出？', '退出', false).then(function (yes) {
        if (!yes) return;
        form.farunLeave = true;
        form.querySelector('button').click();
      });
      return;
    }
    if (root.caches) root.caches.delete(DONE);
  }, true);

  (function () { // what the page before got done
    var text = '', main = doc.getElementById('main');
    try { text = root.sessionStorage.getItem('farun.done'); root.sessionStorage.removeItem('farun.done'); } catch (e) { /* nothing to say */ }
    if (!text || !main) return;
    var box = make('div', 'alert ok');
    box.setAttribute('role', 'status');
    box.appendChild(make('p', '', text));
    main.insertBefore(box, main.firstChild);
  }());

  open().then(function (opened) {
    db = opened;
    q = queue({ actor: actor, store: store, session: session, send: send, now: Date.now, random: Math.random, changed: draw });
    var forms = doc.querySelectorAll('form[data-outbox]');
    Array.prototype.forEach.call(forms, take);
    root.addEventListener('online', function () { go(true); });
    doc.addEventListener('visibilitychange', function () { if (!doc.hidden) go(false); });
    if (forms.length && root.navigator.serviceWorker) root.navigator.serviceWorker.register(WORKER, { scope: '/services/' }).catch(function () { /* only an extra */ });
    return q.tidy().then(refresh).then(function () {
      var wanted = /^#edit=([\w-]+)$/.exec(location.hash), item = wanted && items.filter(function (i) { return i.key === wanted[1] && i.state !== 'saved'; })[0];
      if (item) edit(item);
      doc.documentElement.setAttribute('data-outbox-ready', '');
      return go(true);
    });
  }).catch(function () { /* no storage: the forms work as they always did */ });
}(typeof self === 'undefined' ? this : self));
