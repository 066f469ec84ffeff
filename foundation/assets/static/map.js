// Draws the district map of a page from its JSON block with Leaflet: our own outlines, no tile unless one is configured.
(function () {
  'use strict';
  var L = window.L;

  // ---- GCJ-02, the shifted coordinates of Chinese map tiles ----
  var A = 6378245, EE = 0.00669342162296594323, PI = Math.PI;
  function waves(x, y) { return (20 * Math.sin(6 * x * PI) + 20 * Math.sin(2 * x * PI)) * 2 / 3 + y; }
  function gcj(lat, lon) {
    if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lat, lon];
    var x = lon - 105, y = lat - 35, root = Math.sqrt(Math.abs(x));
    var dLat = waves(x, -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root) +
      (20 * Math.sin(y * PI) + 40 * Math.sin(y / 3 * PI)) * 2 / 3 +
      (160 * Math.sin(y / 12 * PI) + 320 * Math.sin(y * PI / 30)) * 2 / 3;
    var dLon = waves(x, 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root) +
      (20 * Math.sin(x * PI) + 40 * Math.sin(x / 3 * PI)) * 2 / 3 +
      (150 * Math.sin(x / 12 * PI) + 300 * Math.sin(x / 30 * PI)) * 2 / 3;
    var rad = lat / 180 * PI, magic = 1 - EE * Math.sin(rad) * Math.sin(rad), sq = Math.sqrt(magic);
    return [lat + dLat * 180 / (A * (1 - EE) / (magic * sq) * PI), lon + dLon * 180 / (A / sq * Math.cos(rad) * PI)];
  }
  window.farunGcj02 = gcj; // read by the tests

  function make(tag, cls, text) {
    var el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text) el.textContent = text;
    return el;
  }
  function deep(ring, fn) { // a point is a pair of numbers, at any depth
    return typeof ring[0] === 'number' ? fn(ring[0], ring[1]) : ring.map(function (r) { return deep(r, fn); });
  }

  // ---- setting one position: a tap or a dragged marker fills the fields named by data-map-pick="lat lon system" ----
  function pick(box, map, data, at) {
    var f = box.getAttribute('data-map-pick').split(' ').map(function (id) { return document.getElementById(id); });
    var start = (data.points || [])[0];
    var pin = L.marker(start ? at(start.lat, start.lon) : map.getCenter(), {
      draggable: true, autoPan: true, title: '拖动标定位置', icon: L.divIcon({ className: 'map-pin info', iconSize: [44, 44] })
    }).addTo(map);
    function put(ll) {
      var lat = ll.lat, lon = ll.lng;
      for (var n = 0; n < 6; n++) { var q = at(lat, lon); lat += ll.lat - q[0]; lon += ll.lng - q[1]; }
      f[0].value = lat.toFixed(6);
      f[1].value = lon.toFixed(6);
      if (f[2]) f[2].value = 'wgs84';
    }
    function typed() {
      var lat = parseFloat(f[0].value), lon = parseFloat(f[1].value);
      if (!isNaN(lat) && !isNaN(lon) && (!f[2] || f[2].value === 'wgs84')) pin.setLatLng(at(lat, lon));
    }
    map.on('click', function (ev) { pin.setLatLng(ev.latlng); put(ev.latlng); });
    pin.on('dragend', function () { put(pin.getLatLng()); });
    f.forEach(function (field) { if (field) field.addEventListener('change', typed); });
    typed();
    box.farunPin = pin;
  }

  function draw(box) {
    var source = document.querySelector(box.getAttribute('data-map'));
    if (!source) return;
    var data = JSON.parse(source.textContent), tiles = data.tiles || null;
    var at = tiles && tiles.crs === 'gcj02' ? gcj : function (lat, lon) { return [lat, lon]; };
    var still = window.matchMedia && window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    var map = L.map(box, {
      renderer: L.svg({ padding: 0.5 }), attributionControl: false, zoomControl: false, scrollWheelZoom: false,
      zoomSnap: tiles ? 1 : 0.25, zoomDelta: tiles ? 1 : 0.75, zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still,
      maxZoom: (tiles && tiles.maxZoom) || 16
    });
    L.control.zoom({ position: 'topleft', zoomInTitle: '放大', zoomOutTitle: '缩小' }).addTo(map);
    map.on('focus', function () { map.scrollWheelZoom.enable(); });
    map.on('blur', function () { map.scrollWheelZoom.disable(); });
    box.addEventListener('keydown', function (ev) { if (ev.key === 'Escape') map.closePopup(); });

    var bounds = data.bounds ? L.latLngBounds(deep(data.bounds, at)) : null;
    if (bounds) {
      map.fitBounds(bounds, { padding: [8, 8], animate: false });
      map.setMaxBounds(bounds.pad(0.5));
      map.setMinZoom(Math.floor(map.getZoom() * 4) / 4 - 0.5);
    } else {
      map.setView(at(data.center[0], data.center[1]), 12);
    }

    // A label on every pin would say no more than one note on the map.
    var sketch = !tiles && (data.points || []).length > 0 && data.points.every(function (p) { return p.approximate; });
    if (tiles) {
      L.control.attribution({ prefix: false }).addTo(map);
      L.tileLayer(tiles.url, { attribution: tiles.attribution || '', subdomains: tiles.subdomains || '', maxZoom: tiles.maxZoom || 18 }).addTo(map);
    } else {
      box.appendChild(make('p', 'map-note', sketch ? '示意图，各点位置为示意' : '示意图'));
    }

    ['district', 'town', 'water'].forEach(function (kind) {
      (data.areas || []).filter(function (a) { return a.kind === kind; }).forEach(function (area) {
        // Over tiles only the outlines; without tiles they are the map.
        area.rings.forEach(function (ring) {
          L.polygon(deep(ring, at), { className: 'map-' + kind + (tiles ? ' over' : ''), fillOpacity: tiles ? 0 : 1, interactive: false }).addTo(map);
        });
        if (area.label && !tiles) {
          var name = make('span', '', area.name), holder = make('div');
          holder.appendChild(name);
          L.marker(at(area.label[0], area.label[1]), {
            interactive: false, keyboard: false, zIndexOffset: (data.points || []).length > 60 ? 1000 : -1000,
            icon: L.divIcon({ className: 'map-name ' + kind, html: name, iconSize: null })
          }).addTo(map);
        }
      });
    });

    if (box.getAttribute('data-map-pick')) { pick(box, map, data, at); box.farunMap = map; return; }

    var points = data.points || [], many = points.length > 60;
    var size = many ? 20 : parseInt(getComputedStyle(box).getPropertyValue('--hit'), 10) || 44;
    points.forEach(function (p) {
      var pin = L.marker(at(p.lat, p.lon), {
        keyboard: true, riseOnHover: true, title: p.name,
        icon: L.divIcon({
          className: 'map-pin ' + (p.state || 'info') + (p.approximate && !many ? ' approx' : '') + (many ? ' many' : ''), iconSize: [size, size],
          html: p.approximate && !many && !sketch ? make('span', 'map-approx', '示意') : ''
        })
      }).addTo(map);
      var label = p.name + (p.label ? '，' + p.label : '') + (p.approximate ? '，位置为示意' : '');
      var el = pin.getElement();
      el.setAttribute('role', 'button');
      el.setAttribute('aria-label', label);
      var body = make('div');
      var title = make('p');
      title.appendChild(make('b', '', p.name));
      body.appendChild(title);
      if (p.label) {
        var state = make('p');
        state.appendChild(make('span', 'badge ' + (p.state || 'info'), p.label));
        body.appendChild(state);
      }
      if (p.approximate) body.appendChild(make('p', 'hint', '位置为示意，以地址为准。'));
      if (p.href) {
        var link = make('a', '', '看详情');
        link.href = p.href;
        body.appendChild(link);
      }
      pin.bindPopup(body, { minWidth: 160, maxWidth: 260, autoPanPadding: [12, 12] });
      pin.on('popupopen', function (ev) {
        var close = ev.popup.getElement().querySelector('.leaflet-popup-close-button');
        if (close) close.setAttribute('aria-label', '关闭');
        if (document.activeElement === el) {
          var first = body.querySelector('a') || close;
          if (first) setTimeout(function () { first.focus({ preventScroll: true }); }, 50);
          pin.farunKey = true;
        }
      });
      pin.on('popupclose', function () {
        if (pin.farunKey) { pin.farunKey = false; el.focus({ preventScroll: true }); }
      });
    });
    box.farunMap = map;
  }

  Array.prototype.forEach.call(document.querySelectorAll('[data-map]'), function (box) {
    if (!L) { box.textContent = '地图没有载入，请看列表。'; return; }
    draw(box);
  });
}());
