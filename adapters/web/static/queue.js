// The queue with scripts: filters apply at once, rows by keyboard, a selection that outlives a page, word of arrivals.
// Everything here is a link, a button or a form that works without it.
'use strict';
(() => {
  const KEPT = 'linkage-chosen';
  const rows = () => [...document.querySelectorAll('#queue tbody tr')];
  const boxes = () => [...document.querySelectorAll('#queue input[name=transfer]')];
  const read = () => { try { return new Set(JSON.parse(sessionStorage.getItem(KEPT) || '[]')); } catch { return new Set(); } };
  const write = (chosen) => sessionStorage.setItem(KEPT, JSON.stringify([...chosen].slice(-1000)));
  let here = null;

  // What is chosen stays chosen on the next page, and is posted from whichever page one is on.
  const show = () => {
    const chosen = read();
    for (const box of boxes()) box.checked = chosen.has(box.value);
    const count = document.getElementById('chosen');
    const clear = document.getElementById('unchoose');
    if (!count || !clear) return;
    count.hidden = clear.hidden = chosen.size === 0;
    count.textContent = count.dataset.text.replace('{n}', chosen.size);
  };
  const choose = (box) => {
    const chosen = read();
    if (box.checked) chosen.add(box.value); else chosen.delete(box.value);
    write(chosen);
    show();
  };
  document.addEventListener('change', (event) => {
    if (event.target.matches('#queue input[name=transfer]')) choose(event.target);
  });
  document.addEventListener('click', (event) => {
    if (event.target.id === 'unchoose') { write(new Set()); show(); }
  });
  document.addEventListener('submit', (event) => {
    if (event.target.id !== 'bulk') return;
    const shown = new Set(boxes().map((box) => box.value));
    for (const id of read()) {
      if (shown.has(id)) continue;
      const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'transfer', value: id });
      event.target.append(field);
    }
    sessionStorage.removeItem(KEPT);
  });

  // One row is at hand; keys act on it.
  const stand = (row) => {
    if (here) here.classList.remove('here');
    here = row;
    if (!row) return;
    row.classList.add('here');
    row.querySelector('.open').focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  };
  const step = (by) => () => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here);
    stand(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
  };
  const inRow = (what) => (here && here.isConnected ? here.querySelector(what) : null);
  const follow = (thing) => { if (thing) thing.click(); };
  for (const name of ['j', 'ArrowDown']) linkage.key(name, step(1));
  for (const name of ['k', 'ArrowUp']) linkage.key(name, step(-1));
  linkage.key('o', () => follow(inRow('.open')));
  linkage.key('x', () => follow(inRow('input[name=transfer]')));
  linkage.key('c', () => follow(inRow('button.take')));
  linkage.key('n', () => follow(document.getElementById('next')));
  linkage.key('p', () => follow(document.getElementById('previous')));
  document.addEventListener('focusin', (event) => {
    const row = event.target.closest('#queue tbody tr');
    if (row && row !== here) { if (here) here.classList.remove('here'); here = row; row.classList.add('here'); }
  });

  // A filter that changes applies at once; the address follows, and Back leads to the list before.
  const apply = async () => {
    const form = document.getElementById('filters');
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) asked.append(name, value);
    const address = asked.size ? `/desk?${asked}` : '/desk';
    await htmx.ajax('GET', address, { target: '#queue', select: '#queue', swap: 'outerMorph', push: address });
  };
  document.addEventListener('change', (event) => {
    if (event.target.form && event.target.form.id === 'filters' && event.target.type !== 'search') apply();
  });
  document.addEventListener('htmx:after:swap', () => { here = null; show(); listen(); });

  // Arrivals are told and never put into the list by themselves.
  let source = null;
  const listen = () => {
    const queue = document.getElementById('queue');
    if (source) source.close();
    if (!queue || document.hidden) { source = null; return; }
    source = new EventSource(`/desk/events?after=${queue.dataset.newest}`);
    source.addEventListener('arrivals', (event) => {
      const place = document.getElementById('arrivals');
      const link = Object.assign(document.createElement('a'), { href: queue.dataset.here, textContent: JSON.parse(event.data).text });
      if (place) place.replaceChildren(link);
    });
  };
  document.addEventListener('visibilitychange', listen);
  addEventListener('pagehide', () => { if (source) source.close(); });
  addEventListener('pageshow', () => { show(); if (location.hash.startsWith('#t-')) stand(document.getElementById(location.hash.slice(1))); });

  show();
  listen();
})();
