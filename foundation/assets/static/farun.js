// What a page gains when JavaScript runs: every function here improves a page that works without it. ES2018, no eval.
(function () {
  'use strict';
  var doc = document, root = doc.documentElement;
  var IDLE = 2000, KEEP_DAYS = 7, COPIES = 3;

  // ---- small tools ----
  function all(sel, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(sel)); }
  function each(sel, from, once, fn) { // every match once, the start element too
    var list = all(sel, from);
    if (from.matches && from.matches(sel)) list.unshift(from);
    list.forEach(function (el) {
      var done = el.farunDone || (el.farunDone = {});
      if (!done[once]) { done[once] = true; fn(el); }
    });
  }
  function make(tag, cls, text) {
    var el = doc.createElement(tag);
    if (cls) el.className = cls;
    if (text) el.textContent = text;
    return el;
  }
  function button(cls, text) { var b = make('button', cls, text); b.type = 'button'; return b; }
  function element(el) { return el && el.nodeType === 1 ? el : null; }
  function uuid() {
    var b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    var h = Array.prototype.map.call(b, function (x) { return (x + 256).toString(16).slice(1); }).join('');
    return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join('-');
  }
  var live = null;
  function say(text) { // a polite live region for screen readers
    if (!live) {
      live = make('div', 'visually-hidden');
      live.setAttribute('role', 'status');
      doc.body.appendChild(live);
    }
    live.textContent = '';
    setTimeout(function () { live.textContent = text; }, 60);
  }
  function alertBefore(el, text) { // one visible message in front of a form
    var box = el.farunAlert;
    if (!box) {
      box = el.farunAlert = make('div', 'alert bad');
      box.setAttribute('role', 'alert');
      box.appendChild(make('p'));
      el.parentNode.insertBefore(box, el);
    }
    box.firstChild.textContent = text;
    if (box.scrollIntoView) box.scrollIntoView({ block: 'nearest' });
  }
  function isPost(form) { return (form.getAttribute('method') || 'get').toLowerCase() === 'post'; }
  function typing(el) {
    if (!el) return false;
    if (el.isContentEditable || el.tagName === 'TEXTAREA' || el.tagName === 'SELECT') return true;
    return el.tagName === 'INPUT' && !/^(checkbox|radio|button|submit|reset|file|image)$/.test(el.type);
  }

  // ---- error summary: focus, and links that focus the field itself ----
  function errorSummary(from) {
    each('.error-summary', from, 'focus', function (el) {
      el.setAttribute('tabindex', '-1');
      el.focus();
    });
  }
  doc.addEventListener('click', function (ev) {
    var link = ev.target.closest && ev.target.closest('.error-summary a[href^="#"]');
    if (!link) return;
    var field = doc.getElementById(decodeURIComponent(link.getAttribute('href').slice(1)));
    if (!field) return;
    ev.preventDefault();
    var holder = field.closest('.field') || field;
    holder.scrollIntoView({ block: 'start' });
    field.focus({ preventScroll: true });
  });

  // ---- confirmation ----
  function ask(text, okText, danger) {
    if (typeof window.HTMLDialogElement !== 'function') return Promise.resolve(window.confirm(text));
    return new Promise(function (resolve) {
      var back = doc.activeElement, box = make('dialog', 'dialog'), words = make('p', 'dialog-text', text);
      var row = make('div', 'actions'), ok = button('btn ' + (danger ? 'btn-danger' : 'btn-primary'), okText || '确定');
      var no = button('btn', '取消'), answer = false;
      words.id = 'farun-ask';
      box.setAttribute('aria-labelledby', words.id);
      row.appendChild(ok);
      row.appendChild(no);
      box.appendChild(words);
      box.appendChild(row);
      ok.addEventListener('click', function () { answer = true; box.close(); });
      no.addEventListener('click', function () { box.close(); });
      box.addEventListener('close', function () {
        box.parentNode.removeChild(box);
        if (back && back.focus) back.focus();
        resolve(answer);
      });
      doc.body.appendChild(box);
      box.showModal();
      (danger ? no : ok).focus();
    });
  }
  // Capture phase: asked before the double-submit guard, htmx and others see the event.
  doc.addEventListener('click', function (ev) {
    var el = ev.target.closest && ev.target.closest('[data-confirm]');
    if (!el || el.tagName === 'FORM') return;
    if (el.farunSure) { el.farunSure = false; return; }
    if (el.disabled || el.getAttribute('aria-disabled') === 'true') return;
    ev.preventDefault();
    ev.stopImmediatePropagation();
    ask(el.dataset.confirm, el.dataset.confirmOk, el.classList.contains('btn-danger')).then(function (yes) {
      if (yes) { el.farunSure = true; el.click(); }
    });
  }, true);
  doc.addEventListener('submit', function (ev) {
    var form = ev.target;
    if (!form.matches('form[data-confirm]')) return;
    if (form.farunSure) { form.farunSure = false; return; }
    var by = ev.submitter || form.farunButton || form.querySelector('button:not([type="button"]), input[type="submit"]');
    ev.preventDefault();
    ev.stopImmediatePropagation();
    ask(form.dataset.confirm, form.dataset.confirmOk, false).then(function (yes) {
      if (!yes) return;
      form.farunSure = true;
      if (by) by.click(); else form.submit();
    });
  }, true);
  doc.addEventListener('click', function (ev) { // Safari before 15.4 has no ev.submitter
    var by = ev.target.closest && ev.target.closest('button, input[type="submit"]');
    if (by && by.form) by.form.farunButton = by;
  }, true);

  // ---- idempotency keys ----
  function keys(from) {
    all('input[name="idempotency_key"]', from).forEach(function (el) { if (!el.value) el.value = uuid(); });
  }

  // ---- one submit only; nothing is sent while offline ----
  function release(form) {
    form.farunBusy = false;
    form.removeAttribute('aria-busy');
    all('[data-farun-held]', form).forEach(function (b) {
      b.removeAttribute('data-farun-held');
      b.removeAttribute('aria-disabled');
    });
  }
  function hold(form) {
    form.farunBusy = true;
    form.setAttribute('aria-busy', 'true');
    all('button:not([type="button"]), input[type="submit"]', form).forEach(function (b) {
      if (b.getAttribute('aria-disabled')) return;
      b.setAttribute('data-farun-held', '');
      b.setAttribute('aria-disabled', 'true');
    });
    setTimeout(function () { release(form); }, 20000);
  }
  doc.addEventListener('submit', function (ev) {
    var form = ev.target;
    if (!isPost(form) || form.farunOutbox) return; // outbox.js keeps those until the network is back
    if (navigator.onLine === false) {
      ev.preventDefault();
      ev.stopImmediatePropagation();
      if (form.farunDraft) form.farunDraft.save();
      alertBefore(form, form.farunDraft ? '没有网络，还没有提交。内容已保存在本机，联网后请再点一次提交。' : '没有网络，还没有提交。请联网后再点一次。');
      return;
    }
    if (form.farunBusy) { ev.preventDefault(); ev.stopImmediatePropagation(); }
  }, true);
  doc.addEventListener('submit', function (ev) {
    var form = ev.target;
    if (form.matches('form[data-logout]')) wipe();
    if (ev.defaultPrevented || !isPost(form)) return; // htmx prevents the default and has its own guard
    if (form.farunDraft) form.farunDraft.sent();
    if (!form.hasAttribute('data-no-guard')) hold(form);
  });
  window.addEventListener('pageshow', function (ev) {
    if (ev.persisted) all('form[aria-busy]').forEach(release);
  });

  // ---- drafts ----
  var SPACE = 'farun.draft.', mine = SPACE + (root.dataset.actor || '-') + '.', store = null;
  try {
    store = window.localStorage;
    store.setItem(SPACE, '');
    store.removeItem(SPACE);
  } catch (e) { store = null; }
  function names() {
    var list = [];
    for (var i = 0; store && i < store.length; i += 1) if (store.key(i).indexOf(SPACE) === 0) list.push(store.key(i));
    return list;
  }
  function read(name) {
    try {
      var list = JSON.parse(store.getItem(name) || '[]');
      return Array.isArray(list) ? list : [];
    } catch (e) { return []; }
  }
  function write(name, list) {
    try {
      if (list.length) store.setItem(name, JSON.stringify(list.slice(0, COPIES)));
      else store.removeItem(name);
    } catch (e) { /* full or forbidden: the form still works */ }
  }
  function wipe() { names().forEach(function (n) { if (n.indexOf(mine) === 0) store.removeItem(n); }); }
  function expire() {
    var limit = Date.now() - KEEP_DAYS * 864e5;
    names().forEach(function (n) { write(n, read(n).filter(function (d) { return d && d.t > limit; })); });
  }
  function done() { // the server says: that form arrived
    all('meta[name="draft-done"]').forEach(function (m) {
      var name = mine + m.content, list = read(name), hit = 0;
      list.forEach(function (d, i) { if ((d.s || 0) > (list[hit].s || 0)) hit = i; });
      list.splice(hit, 1);
      write(name, list);
    });
  }
  function drawn(form) { // the fields a draft may hold: [name, value] of what is filled in
    var out = [];
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || el.closest('[data-no-draft]')) return;
      if (/^(hidden|password|file|submit|button|reset|image)$/.test(el.type) && !el.hasAttribute('data-combo-value')) return;
      if (el.tagName === 'FIELDSET' || el.tagName === 'BUTTON') return;
      if (el.type === 'checkbox' || el.type === 'radio') { if (el.checked) out.push([el.name, el.value]); return; }
      if (el.multiple && el.options) {
        Array.prototype.forEach.call(el.options, function (o) { if (o.selected) out.push([el.name, o.value]); });
        return;
      }
      out.push([el.name, el.value]);
    });
    return out;
  }
  function fill(form, fields) {
    var left = fields.slice();
    function take(name, value) {
      for (var i = 0; i < left.length; i += 1) {
        if (left[i][0] === name && (value === undefined || left[i][1] === value)) return left.splice(i, 1)[0];
      }
      return null;
    }
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || el.closest('[data-no-draft]')) return;
      if (/^(hidden|password|file|submit|button|reset|image)$/.test(el.type) && !el.hasAttribute('data-combo-value')) return;
      if (el.tagName === 'FIELDSET' || el.tagName === 'BUTTON') return;
      if (el.type === 'checkbox' || el.type === 'radio') { el.checked = !!take(el.name, el.value); return; }
      if (el.multiple && el.options) {
        Array.prototype.forEach.call(el.options, function (o) { o.selected = !!take(el.name, o.value); });
        return;
      }
      var got = take(el.name);
      if (got) el.value = got[1];
    });
  }
  function drafts(from) {
    if (!store) return;
    each('form[data-draft]', from, 'draft', function (form) {
      var name = mine + form.dataset.draft, id = uuid(), timer = 0, first = JSON.stringify(drawn(form)), last = first;
      var keyField = form.querySelector('input[name="idempotency_key"]');
      function put(sent) {
        var list = read(name).filter(function (d) { return d.i !== id; });
        var d = { i: id, t: Date.now(), f: drawn(form), k: keyField ? keyField.value : '' };
        if (sent) d.s = d.t;
        list.unshift(d);
        write(name, list);
      }
      function save() {
        clearTimeout(timer);
        timer = 0;
        var now = JSON.stringify(drawn(form));
        if (now === last) return;
        last = now;
        put(false);
      }
      function soon() { if (!timer) timer = setTimeout(save, IDLE); }
      form.addEventListener('input', soon);
      form.addEventListener('change', soon);
      window.addEventListener('pagehide', function () { if (timer) save(); });
      doc.addEventListener('visibilitychange', function () { if (doc.hidden && timer) save(); });
      form.farunDraft = {
        save: save,
        sent: function () { clearTimeout(timer); timer = 0; put(true); },
        drop: function () { clearTimeout(timer); timer = 0; write(name, read(name).filter(function (d) { return d.i !== id; })); }
      };
      // After a validation error the server's answer already holds the input.
      if (doc.querySelector('.error-summary')) {
        var again = read(name)[0];
        if (again && again.s) { id = again.i; }
        return;
      }
      offer();
      function offer() {
        var old = read(name).filter(function (d) { return d.i !== id && JSON.stringify(d.f) !== first; })[0];
        if (!old) return;
        var bar = make('div', 'alert warn draft-banner'), when = new Date(old.t), row = make('div', 'actions');
        var yes = button('btn btn-primary', '恢复上次未提交的内容'), no = button('btn', '丢弃');
        bar.setAttribute('role', 'region');
        bar.setAttribute('aria-label', '未提交的内容');
        bar.appendChild(make('p', '', (old.s ? '上次提交没有收到答复（' : '上次有没提交的内容（') + (when.getMonth() + 1) + '月' + when.getDate() + '日 ' +
          when.getHours() + ':' + (when.getMinutes() + 100 + '').slice(1) + '）。'));
        row.appendChild(yes);
        row.appendChild(no);
        bar.appendChild(row);
        form.parentNode.insertBefore(bar, form);
        yes.addEventListener('click', function () {
          fill(form, old.f);
          id = old.i;
          last = JSON.stringify(drawn(form));
          if (old.s && old.k && keyField) keyField.value = old.k; // the same submit again: the server answers it once
          bar.parentNode.removeChild(bar);
          say('已恢复');
          var target = form.querySelector('input:not([type="hidden"]), select, textarea');
          if (target) target.focus();
          form.dispatchEvent(new CustomEvent('farun:restored'));
        });
        no.addEventListener('click', function () {
          write(name, read(name).filter(function (d) { return d.i !== old.i; }));
          bar.parentNode.removeChild(bar);
          say('已丢弃');
          offer();
        });
      }
    });
  }

  // ---- near me ----
  doc.addEventListener('click', function (ev) {
    var el = ev.target.closest && ev.target.closest('[data-near-me]');
    if (!el) return;
    ev.preventDefault();
    if (el.farunBusy) return;
    var out = el.dataset.nearMeStatus ? doc.querySelector(el.dataset.nearMeStatus) : el.farunOut;
    if (!out) {
      out = el.farunOut = make('p', 'hint');
      el.parentNode.insertBefore(out, el.nextSibling);
    }
    out.setAttribute('role', 'status');
    var say2 = function (text) { out.textContent = text; };
    var choose = '请改选所在镇（街道），或直接看下面的列表。';
    if (!navigator.geolocation || window.isSecureContext === false) { say2('这个浏览器不能定位。' + choose); return; }
    el.farunBusy = true;
    say2('正在定位，请在弹出的提示中点“允许”…');
    navigator.geolocation.getCurrentPosition(function (at) {
      say2('已定位，正在打开列表…');
      el.farunBusy = false;
      var url = new URL(el.dataset.nearMe || el.getAttribute('href') || location.pathname, location.href);
      url.searchParams.delete('near');
      var glue = url.search ? '&' : '?';
      location.assign(url.pathname + url.search + glue + 'near=' + at.coords.latitude.toFixed(4) + ',' + at.coords.longitude.toFixed(4));
    }, function (err) {
      el.farunBusy = false;
      say2((err.code === 1 ? '您没有允许使用位置。' : err.code === 3 ? '定位超时，可以再点一次。' : '现在得不到位置。') + choose);
    }, { enableHighAccuracy: false, timeout: 10000, maximumAge: 120000 });
  });

  // ---- copy, print ----
  function oldCopy(text) {
    var area = make('textarea', 'visually-hidden');
    area.value = text;
    doc.body.appendChild(area);
    area.select();
    area.setSelectionRange(0, text.length);
    var fine = false;
    try { fine = doc.execCommand('copy'); } catch (e) { fine = false; }
    doc.body.removeChild(area);
    return fine;
  }
  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text).then(function () { return true; }, function () { return oldCopy(text); });
    }
    return Promise.resolve(oldCopy(text));
  }
  doc.addEventListener('click', function (ev) {
    var el = ev.target.closest && ev.target.closest('[data-copy], [data-print]');
    if (!el) return;
    ev.preventDefault();
    if (el.hasAttribute('data-print')) { window.print(); return; }
    var want = el.dataset.copy, from = want.charAt(0) === '#' ? doc.querySelector(want) : null;
    var text = from ? ('value' in from ? from.value : from.innerText) : want;
    copy(text.trim()).then(function (fine) {
      var word = fine ? '已复制' : '没有复制成功，请长按文字复制';
      say(word);
      if (el.farunText === undefined) el.farunText = el.children.length ? '' : el.textContent;
      if (el.farunText) {
        el.textContent = word;
        el.focus();
        clearTimeout(el.farunTimer);
        el.farunTimer = setTimeout(function () { el.textContent = el.farunText; }, 2000);
      } else if (!fine) window.alert(word);
    });
  });

  // ---- combobox over a server search ----
  var comboNo = 0;
  function combos(from) {
    each('input[data-combobox][data-source]', from, 'combo', function (input) {
      comboNo += 1;
      var listId = 'farun-list-' + comboNo, asked = 0, timer = 0, items = [], at = -1, ime = false;
      var wrap = make('div', 'combo'), list = make('ul', 'combo-list'), status = make('div', 'visually-hidden');
      var hidden = input.dataset.value && input.form ? input.form.querySelector('input[type="hidden"][name="' + input.dataset.value + '"]') : null;
      input.parentNode.insertBefore(wrap, input);
      wrap.appendChild(input);
      wrap.appendChild(list);
      wrap.appendChild(status);
      list.id = listId;
      list.hidden = true;
      list.setAttribute('role', 'listbox');
      list.setAttribute('aria-label', '可选项');
      status.setAttribute('role', 'status');
      input.setAttribute('role', 'combobox');
      input.setAttribute('autocomplete', 'off');
      input.setAttribute('aria-autocomplete', 'list');
      input.setAttribute('aria-haspopup', 'listbox');
      input.setAttribute('aria-expanded', 'false');
      input.setAttribute('aria-controls', listId);
      if (hidden) hidden.setAttribute('data-combo-value', '');
      function open(yes) {
        list.hidden = !yes;
        input.setAttribute('aria-expanded', yes ? 'true' : 'false');
        if (!yes) mark(-1);
      }
      function mark(i) {
        at = i;
        Array.prototype.forEach.call(list.children, function (li, n) {
          if (li.getAttribute('role') !== 'option') return;
          li.setAttribute('aria-selected', n === i ? 'true' : 'false');
          if (n === i) {
            if (li.offsetTop < list.scrollTop) list.scrollTop = li.offsetTop;
            var over = li.offsetTop + li.offsetHeight - list.clientHeight;
            if (over > list.scrollTop) list.scrollTop = over;
          }
        });
        if (i < 0) input.removeAttribute('aria-activedescendant');
        else input.setAttribute('aria-activedescendant', listId + '-' + i);
      }
      function choose(i) {
        input.value = items[i].label;
        if (hidden) hidden.value = items[i].value;
        open(false);
        status.textContent = '已选 ' + items[i].label;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      }
      function show(found) {
        items = found;
        list.textContent = '';
        found.forEach(function (item, i) {
          var li = make('li');
          li.id = listId + '-' + i;
          li.setAttribute('role', 'option');
          li.setAttribute('aria-selected', 'false');
          li.appendChild(make('span', '', item.label));
          if (item.hint) li.appendChild(make('span', 'combo-hint', item.hint));
          li.addEventListener('mousedown', function (ev) { ev.preventDefault(); });
          li.addEventListener('click', function () { choose(i); });
          list.appendChild(li);
        });
        at = -1;
        input.removeAttribute('aria-activedescendant');
        status.textContent = found.length ? '找到 ' + found.length + ' 个，用上下键选择' : '没有找到';
        open(found.length > 0);
      }
      function search() {
        var q = input.value.trim(), mineNo = asked += 1;
        if (!q && !input.hasAttribute('data-show-all')) { open(false); return; }
        var src = input.dataset.source, url = src + (src.indexOf('?') < 0 ? '?' : '&') + 'q=' + encodeURIComponent(q);
        fetch(url, { credentials: 'same-origin', headers: { Accept: 'application/json' } }).then(function (r) {
          if (!r.ok) throw new Error(r.status);
          return r.json();
        }).then(function (found) {
          if (mineNo === asked && doc.activeElement === input) show(found.slice(0, 50));
        }).catch(function () { if (mineNo === asked) { status.textContent = '查不到，可直接填写'; open(false); } });
      }
      function later() { clearTimeout(timer); timer = setTimeout(search, 180); }
      input.addEventListener('compositionstart', function () { ime = true; });
      input.addEventListener('compositionend', function () { ime = false; later(); });
      input.addEventListener('input', function () {
        if (hidden) hidden.value = '';
        if (!ime) later();
      });
      input.addEventListener('focus', function () { if (input.hasAttribute('data-show-all')) later(); });
      input.addEventListener('blur', function () { asked += 1; clearTimeout(timer); open(false); });
      input.addEventListener('keydown', function (ev) {
        if (ime || ev.isComposing || ev.keyCode === 229) return;
        var shown = !list.hidden, n = items.length;
        if (ev.key === 'ArrowDown' || ev.key === 'ArrowUp') {
          ev.preventDefault();
          if (!shown) { search(); return; }
          mark(ev.key === 'ArrowDown' ? (at + 1) % n : (at <= 0 ? n : at) - 1);
        } else if (ev.key === 'Enter' && shown && (at >= 0 || n === 1)) {
          ev.preventDefault();
          choose(at < 0 ? 0 : at);
        } else if (ev.key === 'Escape' && shown) {
          ev.preventDefault();
          ev.stopPropagation();
          open(false);
        } else if (ev.key === 'Tab' && shown && at >= 0) {
          choose(at);
        }
      });
    });
  }

  // ---- selects that submit, tick-all ----
  doc.addEventListener('change', function (ev) {
    var el = ev.target;
    if (el.matches('select[data-autosubmit]') && el.form) {
      var by = el.form.querySelector('button:not([type="button"]), input[type="submit"]');
      if (by) by.click(); else el.form.submit();
      return;
    }
    if (el.type !== 'checkbox') return;
    var name = el.dataset.tickAll;
    if (name) ticks(el, name).forEach(function (box) { if (!box.disabled) box.checked = el.checked; });
    recount(el);
  });
  function ticks(near, name) {
    return all('input[type="checkbox"]', near.form || doc).filter(function (box) { return box.name === name; });
  }
  function recount(near) {
    var home = near.form || doc;
    all('[data-tick-all], [data-tick-count]', home).forEach(function (el) {
      var name = el.dataset.tickAll || el.dataset.tickCount, boxes = ticks(near, name);
      var n = boxes.filter(function (box) { return box.checked; }).length;
      if (el.dataset.tickCount) { el.textContent = n; return; }
      el.checked = n > 0 && n === boxes.length;
      el.indeterminate = n > 0 && n < boxes.length;
    });
    all('tr', home.tagName === 'FORM' ? home : doc.createElement('p')).forEach(function (tr) {
      var box = tr.querySelector('td.tick input');
      if (box) tr.classList.toggle('picked', box.checked);
    });
  }
  function tickAlls(from) { each('[data-tick-all]', from, 'tick', recount); }

  // ---- single-key shortcuts: `?` lists them, and they can be switched off (WCAG 2.1.4) ----
  var OFF = 'farun.shortcuts';
  function shortcutsOff() {
    if (root.dataset.shortcuts === 'off') return true;
    try { return window.localStorage.getItem(OFF) === 'off'; } catch (e) { return false; }
  }
  function shortcutName(el) {
    var label = el.labels && el.labels[0] ? el.labels[0].innerText : el.getAttribute('aria-label') || el.innerText || el.title;
    return (label || '').trim();
  }
  function shortcutHelp() {
    if (typeof window.HTMLDialogElement !== 'function') return;
    var box = make('dialog', 'dialog'), title = make('h2', '', '快捷键'), row = make('div', 'actions');
    var close = button('btn btn-primary', '关闭'), flip = button('btn', shortcutsOff() ? '启用快捷键' : '停用快捷键');
    title.id = 'farun-keys';
    box.setAttribute('aria-labelledby', title.id);
    box.appendChild(title);
    all('[data-shortcut]').forEach(function (el) {
      var line = make('p');
      line.appendChild(make('kbd', '', el.dataset.shortcut));
      line.appendChild(doc.createTextNode(shortcutName(el)));
      box.appendChild(line);
    });
    row.appendChild(close);
    row.appendChild(flip);
    box.appendChild(row);
    close.addEventListener('click', function () { box.close(); });
    flip.addEventListener('click', function () {
      try { window.localStorage.setItem(OFF, shortcutsOff() ? 'on' : 'off'); } catch (e) { /* stays as it is */ }
      box.close();
    });
    box.addEventListener('close', function () { box.parentNode.removeChild(box); });
    doc.body.appendChild(box);
    box.showModal();
    close.focus();
  }
  doc.addEventListener('keydown', function (ev) {
    if (ev.ctrlKey || ev.altKey || ev.metaKey || ev.isComposing || ev.defaultPrevented || typing(ev.target)) return;
    if (doc.querySelector('dialog[open]')) return;
    var list = all('[data-shortcut]');
    if (!list.length) return;
    if (ev.key === '?') { ev.preventDefault(); shortcutHelp(); return; }
    if (shortcutsOff()) return;
    var el = list.filter(function (x) { return x.dataset.shortcut === ev.key && x.offsetParent !== null; })[0];
    if (!el) return;
    ev.preventDefault();
    if (typing(el)) { el.focus(); if (el.select) el.select(); } else el.click();
  });

  // ---- offline banner, failed htmx requests ----
  var bar = null;
  function offline() {
    if (navigator.onLine === false) {
      if (bar) return;
      bar = make('div', 'banner warn banner-offline no-print');
      bar.setAttribute('role', 'status');
      bar.appendChild(make('p', '', '没有网络。已填的内容会留在本机，联网后再提交。'));
      doc.body.appendChild(bar);
    } else if (bar) {
      bar.parentNode.removeChild(bar);
      bar = null;
      say('网络已恢复');
      all('form').forEach(function (f) { if (f.farunAlert) { f.farunAlert.parentNode.removeChild(f.farunAlert); f.farunAlert = null; } });
    }
  }
  window.addEventListener('offline', offline);
  window.addEventListener('online', offline);
  function failed(ev) {
    var el = element(ev.detail && ev.detail.elt) || doc.body, form = el.closest('form');
    var words = ev.type === 'htmx:sendError' ? '网络不通，请稍后再试。' : '没有成功，请刷新页面后再试。';
    if (form) alertBefore(form, words); else say(words);
  }
  doc.addEventListener('htmx:sendError', failed);
  doc.addEventListener('htmx:responseError', failed);
  doc.addEventListener('htmx:afterRequest', function (ev) { // an answered key is used up
    var form = element(ev.detail && ev.detail.elt);
    if (!form || form.tagName !== 'FORM' || !ev.detail.successful) return;
    var key = form.querySelector('input[name="idempotency_key"]');
    if (key) key.value = uuid();
  });
  doc.addEventListener('htmx:load', function (ev) { if (element(ev.detail && ev.detail.elt)) start(ev.detail.elt); });

  window.farun = { ask: ask, fill: fill, say: say, uuid: uuid }; // for outbox.js

  // ---- start ----
  function start(from) {
    keys(from);
    combos(from);
    tickAlls(from);
    drafts(from);
    errorSummary(from);
    each('[data-shortcut]', from, 'key', function (el) { el.setAttribute('aria-keyshortcuts', el.dataset.shortcut); });
  }
  expire();
  done();
  start(doc.body);
  var here = doc.querySelector('.side-menu [aria-current]');
  if (here && here.scrollIntoView && getComputedStyle(here.closest('.side-menu')).overflowY === 'auto') here.scrollIntoView({ block: 'nearest' });
  offline();
}());
