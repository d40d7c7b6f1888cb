// Elements as values, and a way to bring what stands on the page to a new value: what is focused or pressed meanwhile stays.

const SVG = 'http://www.w3.org/2000/svg';
const OF_SVG = new Set(['svg', 'path', 'line', 'text', 'g']);

/** An element. Children: elements, texts, lists of them; what is null or false is left out. */
export function h(tag, attributes, ...children) {
  const element = OF_SVG.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A text whose parts between backticks are code. */
export function withCode(text) {
  return text.split('`').map((part, index) => (index % 2 ? h('code', null, part) : part));
}

/** Makes the children of `place` like `children`. */
export function show(place, ...children) {
  const wanted = h('div', null, ...children);
  alike(place, wanted);
}

function alike(old, wanted) {
  const before = [...old.childNodes];
  const after = [...wanted.childNodes];
  after.forEach((node, index) => {
    const known = before[index];
    if (!known) {
      old.append(node);
    } else if (known.nodeName !== node.nodeName || known.nodeType !== node.nodeType) {
      known.replaceWith(node);
    } else if (node.nodeType === Node.TEXT_NODE) {
      if (known.data !== node.data) {
        known.data = node.data;
      }
    } else {
      attributes(known, node);
      alike(known, node);
    }
  });
  before.slice(after.length).forEach((node) => node.remove());
}

function attributes(known, node) {
  for (const { name } of [...known.attributes]) {
    // What the reader has opened stays open.
    if (!node.hasAttribute(name) && name !== 'open') {
      known.removeAttribute(name);
    }
  }
  for (const { name, value } of node.attributes) {
    if (known.getAttribute(name) !== value) {
      known.setAttribute(name, value);
    }
  }
}

/** Tells those who do not see the page change what happened. */
export function say(text) {
  const place = document.getElementById('said');
  place.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => {
    place.textContent = '';
  }, 6000);
}

/** Asks; true where the answer is yes. */
export function confirmed(question, consequence, yes) {
  const dialog = document.getElementById('confirm');
  document.getElementById('question').textContent = question;
  document.getElementById('consequence').textContent = consequence;
  document.getElementById('yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
