// Tabs as the ARIA authoring practices have them: one of them in the order of focus, arrows move and choose.
import { h } from './dom.js';

/** Puts `tabs` ({ id, title }) on the page; `chosen` is called with the id of the tab that is shown. */
export function tabs(list, chosen) {
  const places = { tabs: document.getElementById('tabs'), panels: document.getElementById('panels') };
  for (const { id, title } of list) {
    places.tabs.append(h('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}` }, title));
    places.panels.append(h('section', { role: 'tabpanel', id: `panel-${id}`, 'aria-labelledby': `tab-${id}`, tabindex: '0' }));
  }
  const choose = (id, focus) => {
    for (const tab of list) {
      const button = document.getElementById(`tab-${tab.id}`);
      const is = tab.id === id;
      button.setAttribute('aria-selected', String(is));
      button.tabIndex = is ? 0 : -1;
      document.getElementById(`panel-${tab.id}`).hidden = !is;
      if (is && focus) {
        button.focus();
      }
    }
    history.replaceState(null, '', `#${id}`);
    chosen(id);
  };
  places.tabs.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (tab) {
      choose(tab.id.slice('tab-'.length), false);
    }
  });
  places.tabs.addEventListener('keydown', (event) => {
    const at = list.findIndex(({ id }) => `tab-${id}` === event.target.id);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (at >= 0 && to !== undefined) {
      event.preventDefault();
      choose(list[(to + list.length) % list.length].id, true);
    }
  });
  return choose;
}
