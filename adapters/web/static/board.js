// The board alive: tiles that change by themselves, lines drawn from the table beside them, and keys. Nothing here is needed.
'use strict';
(() => {
  const tiles = document.getElementById('tiles');
  if (tiles && tiles.dataset.events) {
    const news = document.getElementById('tiles-news');
    const source = new EventSource(tiles.dataset.events);
    let first = true;
    source.addEventListener('tiles', (event) => {
      const held = document.activeElement;
      const at = held && tiles.contains(held) ? held.getAttribute('href') : null;
      tiles.innerHTML = event.data;
      if (at) tiles.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
      if (!first && news) news.textContent = news.dataset.text;
      first = false;
    });
    addEventListener('pagehide', () => source.close());
  }

  const chart = document.getElementById('trend-chart');
  const table = chart && document.getElementById(chart.dataset.table);
  if (table && globalThis.uPlot) {
    const heads = [...table.querySelectorAll('th[data-series]')];
    const rows = [...table.tBodies[0].rows];
    const months = rows.map((row) => Date.parse(`${row.cells[0].textContent.trim()}-01T00:00:00Z`) / 1000);
    const values = heads.map((_, at) => rows.map((row) => Number(row.querySelectorAll('[data-value]')[at].dataset.value)));
    const strokes = ['#59616d', '#7a4b00', '#12305c', '#1c6b3a', '#b3261e'];
    const shown = heads.map((head, at) => ({ label: head.textContent, stroke: strokes[at % strokes.length], width: 2, show: head.dataset.series !== 'decided' }));
    chart.hidden = false;
    const size = () => ({ width: Math.min(1100, chart.parentElement.clientWidth), height: 260 });
    const plot = new uPlot({
      ...size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      series: [{ label: table.tHead.rows[0].cells[0].textContent, value: '{YYYY}-{MM}' }, ...shown],
      axes: [{ values: '{YYYY}-{MM}' }, {}],
    }, [months, ...values], chart);
    addEventListener('resize', () => plot.setSize(size()));
  }

  // j and k go through the rows of a list, or through the numbers of the board; Enter opens.
  const stops = () => [...document.querySelectorAll('table.rows tbody tr, #tiles .figure')].filter((one) => one.matches('a') || one.querySelector('th a'));
  const link = (stop) => stop.matches('a') ? stop : stop.querySelector('th a');
  const move = (by) => {
    const all = stops();
    if (!all.length) return;
    const at = all.findIndex((stop) => link(stop) === document.activeElement);
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
    link(next).focus();
  };
  linkage.key('j', () => move(1));
  linkage.key('k', () => move(-1));
  linkage.key('n', () => document.querySelector('a[rel=next]')?.click());
})();
