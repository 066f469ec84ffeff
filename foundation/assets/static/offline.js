// The service worker of the pages that write services down: they open without a network, empty. ES2018.
(function () {
  'use strict';
  var CACHE = 'farun-offline', PAGES = ['/services/new', '/services/batch'], PATIENCE = 8000;

  function assetsOf(text) {
    var found = [], pattern = /(?:href|src)="(\/assets\/[^"#]+)/g, hit;
    while ((hit = pattern.exec(text))) if (found.indexOf(hit[1]) < 0) found.push(hit[1]);
    return found;
  }
  // An empty form only: no page that says what was just done, none that was sent back with what somebody typed.
  function isBlank(response, text) {
    return response.status === 200 && !response.redirected && text.indexOf('data-outbox') >= 0 &&
      text.indexOf('draft-done') < 0 && text.indexOf('error-summary') < 0 && text.indexOf('class="alert ok"') < 0;
  }
  function keep(path, response) {
    var copy = response.clone();
    return response.text().then(function (text) {
      if (!isBlank(copy, text)) return null;
      return caches.open(CACHE).then(function (cache) {
        // First the parts, then the page: whoever finds the page finds its parts.
        return Promise.all(assetsOf(text).map(function (url) {
          return cache.match(url).then(function (old) { return old || cache.add(url); });
        })).then(function () { return cache.put(path, copy); }).then(function () { return sweep(cache); });
      });
    });
  }
  // Names carry a hash of the content: what no kept page names is of an older version.
  function sweep(cache) {
    return Promise.all(PAGES.map(function (path) {
      return cache.match(path).then(function (page) { return page ? page.text() : ''; });
    })).then(function (texts) {
      var wanted = PAGES.concat(assetsOf(texts.join('')));
      return cache.keys().then(function (all) {
        return Promise.all(all.map(function (request) {
          return wanted.indexOf(new URL(request.url).pathname) < 0 ? cache.delete(request) : null;
        }));
      });
    });
  }
  function kept(path) {
    return caches.open(CACHE).then(function (cache) { return cache.match(path, { ignoreVary: true }); });
  }
  function page(event, path, plain) {
    var fromNet = fetch(event.request).then(function (response) {
      if (plain && response.type === 'basic' && response.ok) event.waitUntil(keep(path, response.clone()).catch(function () { return null; }));
      return response;
    });
    return new Promise(function (resolve, reject) {
      var late = setTimeout(function () { kept(path).then(function (old) { if (old) resolve(old); }); }, PATIENCE);
      fromNet.then(function (response) { clearTimeout(late); resolve(response); }, function (error) {
        clearTimeout(late);
        kept(path).then(function (old) { if (old) resolve(old); else reject(error); }, reject);
      });
    });
  }
  function asset(request, path) {
    var hashed = /\.[0-9a-f]{10}\.\w+$/.test(path);
    return kept(path).then(function (old) {
      if (old && hashed) return old;
      return fetch(request).catch(function (error) { if (old) return old; throw error; });
    });
  }

  self.addEventListener('install', function (event) {
    self.skipWaiting();
    event.waitUntil(Promise.all(PAGES.map(function (path) {
      return fetch(path, { credentials: 'same-origin', cache: 'no-store' }).then(function (response) { return keep(path, response); })
        .catch(function () { return null; });
    })));
  });
  self.addEventListener('activate', function (event) { event.waitUntil(self.clients.claim()); });
  self.addEventListener('fetch', function (event) {
    var url = new URL(event.request.url);
    if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
    if (event.request.mode === 'navigate' && PAGES.indexOf(url.pathname) >= 0) {
      event.respondWith(page(event, url.pathname, !url.search));
    } else if (url.pathname.indexOf('/assets/') === 0) {
      event.respondWith(asset(event.request, url.pathname));
    }
  });
}());
