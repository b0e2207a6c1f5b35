// Swagger UI on our OpenAPI document. It asks nobody but us: no validator, no fonts, no other host.
'use strict';
(() => {
  const place = document.getElementById('swagger');
  if (!place) return;

  // What its markup leaves out for those who hear the page or use no mouse: [which elements, what to set; null takes away].
  const mended = [
    ['.info .title', { role: 'heading', 'aria-level': '2' }],
    ['#servers', { 'aria-label': 'Server' }],
    ['select.content-type', { 'aria-label': 'Media type' }],
    ['select.examples-select-element', { 'aria-label': 'Example' }],
    ['table.responses-table', { role: null }],
    ['button.close-modal', { 'aria-label': 'Close' }],
    ['button.modal-btn', { 'aria-label': null }],
    ['pre.microlight, .model-box, .renderedMarkdown pre', { tabindex: '0' }],
    ['.modal-ux-header h3', { role: 'heading', 'aria-level': '2' }],
    ['.modal-ux-content h4', { role: 'heading', 'aria-level': '3' }],
  ];

  function mend() {
    for (const [which, attributes] of mended) {
      for (const element of place.querySelectorAll(which)) {
        for (const [name, value] of Object.entries(attributes)) {
          if (value === null) element.removeAttribute(name);
          else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
        }
      }
    }
  }

  // Its own layout brings a second <main>, and may be wrapped but not changed: this one is the same, as divisions.
  const ourLayout = ({ React: { createElement: make } }) => {
    const OurLayout = ({ getComponent, specSelectors, errSelectors }) => {
      const part = (name) => make(getComponent(name, true));
      const state = specSelectors.loadingStatus();
      if (state === 'loading' || (!specSelectors.specStr() && !errSelectors.lastError())) {
        return make('p', {}, place.dataset.loading);
      }
      return make('div', { className: 'swagger-ui' },
        make(getComponent('SvgAssets')),
        part('errors'),
        part('InfoContainer'),
        make('div', { className: 'scheme-container' },
          make('div', { className: 'schemes wrapper' }, part('ServersContainer'), part('AuthorizeBtnContainer'))),
        make('div', { className: 'wrapper' }, part('operations'), part('Webhooks')));
    };
    return { components: { OurLayout } };
  };

  new MutationObserver(mend).observe(place, { childList: true, subtree: true });
  SwaggerUIBundle({
    domNode: place,
    url: place.dataset.openapi,
    validatorUrl: null,
    // A link inside the button that opens an operation would be one control in another.
    deepLinking: false,
    plugins: [ourLayout],
    layout: 'OurLayout',
    syntaxHighlight: false,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    persistAuthorization: false,
    withCredentials: false,
  });
})();
