// Keys of the case page. Everything that they do is a link or a button that can be reached without them.
'use strict';
(() => {
  const follow = (link) => { if (link) link.click(); };
  const tell = (what) => document.dispatchEvent(new CustomEvent('viewer:do', { detail: what }));

  linkage.key('u', () => follow(document.getElementById('back')));
  linkage.key('m', () => {
    const links = [...document.querySelectorAll('#document .materials .open-material')];
    const open = links.findIndex((link) => link.hasAttribute('aria-current'));
    follow(links[(open + 1) % links.length]);
  });
  linkage.key('[', () => tell('previous'));
  linkage.key(']', () => tell('next'));

  const places = { c: 'clauses', p: 'packet', d: 'deadlines', r: 'delivery', t: 'timeline', s: 'signatures', m: 'document' };
  linkage.key('g', () => {
    const go = (event) => {
      const place = document.getElementById(places[event.key]);
      if (!place) return;
      event.preventDefault();
      event.stopPropagation();
      place.setAttribute('tabindex', '-1');
      place.focus({ preventScroll: true });
      place.scrollIntoView({ block: 'start' });
    };
    document.addEventListener('keydown', go, { capture: true, once: true });
    setTimeout(() => document.removeEventListener('keydown', go, { capture: true }), 1500);
  });

  // A deadline that a link leads to shows how it was counted.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const details = target && target.querySelector('details');
    if (details && target.classList.contains('deadline')) details.open = true;
  };
  addEventListener('hashchange', unfold);
  unfold();
})();
