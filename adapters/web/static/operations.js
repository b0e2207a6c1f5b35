// Sections refresh themselves while somebody looks at them. What has the focus or the pointer stays as it is, and
// whoever has not moved for some minutes keeps no session alive by it.
'use strict';
(() => {
  const every = 15_000;
  const awayAfter = 5 * 60_000;
  let moved = Date.now();
  for (const kind of ['pointermove', 'keydown', 'scroll']) {
    addEventListener(kind, () => { moved = Date.now(); }, { passive: true });
  }

  const isInUse = (part) => part.contains(document.activeElement) || part.matches(':hover')
    || part.querySelector('details[open]') || part.contains(document.getSelection()?.anchorNode ?? null);

  async function refresh(part) {
    // A session that has ended answers with a redirection, which is no section.
    const answer = await fetch(part.dataset.refresh, { redirect: 'error' });
    if (!answer.ok || isInUse(part)) return;
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('section');
    if (fresh && part.isConnected) part.replaceWith(fresh);
  }

  setInterval(() => {
    if (document.hidden || Date.now() - moved > awayAfter) return;
    for (const part of document.querySelectorAll('[data-refresh]')) {
      if (!isInUse(part)) refresh(part).catch(() => {});
    }
  }, every);
})();
