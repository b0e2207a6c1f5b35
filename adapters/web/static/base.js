// Keys that every page has. A page adds its own by linkage.key('j', 'what', action); nothing here is needed to work.
'use strict';
(() => {
  const actions = new Map();
  const typing = (target) => target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

  globalThis.linkage = {
    key(name, action) { actions.set(name, action); },
  };

  linkage.key('?', () => {
    const dialog = document.getElementById('keys');
    if (dialog && !dialog.open) dialog.showModal();
  });
  linkage.key('/', () => {
    const box = document.querySelector('input[type=search]');
    if (box) { box.focus(); box.select(); }
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const action = actions.get(event.key);
    if (!action || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    action(event);
  });
})();
