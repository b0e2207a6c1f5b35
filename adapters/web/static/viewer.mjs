// The document pane: pages of a PDF drawn by PDF.js with their text laid over them, and files opened without
// losing one's place among the clauses. Without this file every link still works, by loading the page anew.

const clamp = (number, least, most) => Math.min(most, Math.max(least, number));
let shown = null;

class PdfView {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector('.sheet');
    this.paper = root.querySelector('.paper');
    this.canvas = root.querySelector('canvas');
    this.layer = root.querySelector('.textLayer');
    this.tools = root.querySelector('.viewer-tools');
    this.number = root.querySelector('.page-number');
    this.said = root.querySelector('[data-said]');
    this.page = Number(root.dataset.page) || 1;
    this.zoom = 1;
    this.turn = Promise.resolve();
  }

  async open() {
    const { pdfjs: module, worker, src, cmaps, fonts, wasm } = this.root.dataset;
    this.pdfjs = await import(module);
    this.pdfjs.GlobalWorkerOptions.workerSrc = worker;
    this.file = await this.pdfjs.getDocument({
      url: src, cMapUrl: cmaps, cMapPacked: true, standardFontDataUrl: fonts, wasmUrl: wasm,
      useWasm: false, isEvalSupported: false, enableXfa: false,
    }).promise;
    this.root.querySelector('.without-script').hidden = true;
    this.sheet.hidden = this.tools.hidden = false;
    this.root.querySelector('.page-count').textContent = this.number.max = this.file.numPages;
    await this.go(this.page);
    this.watch = new ResizeObserver(() => this.resized());
    this.watch.observe(this.sheet);
  }

  resized() {
    clearTimeout(this.waiting);
    if (Math.abs(this.sheet.clientWidth - this.width) > 8) this.waiting = setTimeout(() => this.draw(), 150);
  }

  go(page) {
    this.page = clamp(Math.trunc(page) || 1, 1, this.file.numPages);
    this.number.value = this.page;
    return this.draw();
  }

  // One drawing after the other: two at once on one canvas are refused.
  draw() {
    this.turn = this.turn.then(() => this.drawNow()).catch((error) => { this.fail(error); });
    return this.turn;
  }

  async drawNow() {
    const wanted = this.page;
    const page = await this.file.getPage(wanted);
    this.width = this.sheet.clientWidth;
    const natural = page.getViewport({ scale: 1 });
    const scale = ((this.width - 4) / natural.width) * this.zoom;
    const viewport = page.getViewport({ scale });
    const sharp = Math.min(devicePixelRatio || 1, 3);
    this.paper.style.setProperty('--total-scale-factor', scale);
    [this.canvas.width, this.canvas.height] = [viewport.width * sharp, viewport.height * sharp].map(Math.floor);
    this.canvas.style.width = `${viewport.width}px`;
    this.canvas.style.height = `${viewport.height}px`;
    const transform = sharp === 1 ? null : [sharp, 0, 0, sharp, 0, 0];
    await page.render({ canvas: this.canvas, viewport, transform }).promise;
    this.layer.replaceChildren();
    const text = new this.pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container: this.layer, viewport });
    await text.render();
    this.root.dataset.drawn = wanted;
    this.tell();
  }

  tell() {
    this.said.textContent = this.said.dataset.said.replace('{page}', this.page).replace('{pages}', this.file.numPages);
    for (const [name, end] of [['previous', 1], ['next', this.file.numPages]]) {
      this.tools.querySelector(`[data-do=${name}]`).disabled = this.page === end;
    }
    const address = new URL(location.href);
    address.searchParams.set('material', this.root.dataset.digest);
    address.searchParams.set('page', this.page);
    history.replaceState(history.state, '', address);
  }

  do(what) {
    const steps = { previous: -1, next: 1 };
    const zooms = { smaller: this.zoom / 1.25, larger: this.zoom * 1.25, fit: 1 };
    if (what in steps) {
      this.sheet.scrollTop = 0;
      return this.go(this.page + steps[what]);
    }
    this.zoom = clamp(zooms[what], 0.25, 6);
    return this.draw();
  }

  // What is closed in the middle of a drawing has not failed: somebody opened another file.
  fail(error) {
    if (this.closed) return;
    console.error('the file cannot be shown', error?.name);
    this.sheet.hidden = this.tools.hidden = true;
    this.root.querySelector('[data-failed]').hidden = false;
    this.root.querySelector('.without-script').hidden = true;
  }

  close() {
    this.closed = true;
    this.watch?.disconnect();
    this.file?.loadingTask.destroy();
  }
}

const begin = () => {
  shown?.close();
  const root = document.querySelector('.viewer[data-kind=pdf]');
  const view = root && new PdfView(root);
  shown = view;
  view?.open().catch((error) => view.fail(error));
};

// Put another file into the pane, and leave the rest of the page where it is.
const swap = async (href, push) => {
  const answer = await fetch(href, { headers: { 'HX-Request': 'true' } });
  if (!answer.ok) { location.assign(href); return; }
  const pane = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('document');
  if (!pane) { location.assign(href); return; }
  const list = document.querySelector('#document .materials')?.open;
  document.getElementById('document').replaceWith(pane);
  if (list !== undefined) pane.querySelector('.materials').open = list;
  if (push) history.pushState({ pane: true }, '', href);
  begin();
};

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-digest]');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    if (shown?.file && shown.root.dataset.digest === link.dataset.digest) shown.go(Number(link.dataset.page));
    else swap(link.href, true).catch(() => location.assign(link.href));
    return;
  }
  const button = event.target.closest?.('[data-do]');
  if (button && shown?.file) shown.do(button.dataset.do);
});
document.addEventListener('change', (event) => {
  if (event.target.matches?.('.page-number') && shown?.file) shown.go(Number(event.target.value));
});
document.addEventListener('viewer:do', (event) => { if (shown?.file) shown.do(event.detail); });
addEventListener('popstate', () => { swap(location.href, false).catch(() => location.reload()); });

begin();
