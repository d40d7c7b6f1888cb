// The dashboard: signing in, the tabs, and asking again and again for what the tab in front shows.
import { call, token } from './api.js';
import { say } from './dom.js';
import { tabs } from './tabs.js';
import { ago } from './words.js';
import * as capabilities from './capabilities.js';
import * as load from './load.js';
import * as migration from './migration.js';
import * as rooms from './rooms.js';
import * as settings from './settings.js';
import * as webhooks from './webhooks.js';

/** Time between two questions, ms. */
const INTERVAL_MS = 2000;

const TABS = [
  { id: 'rooms', title: 'Rooms', view: rooms },
  { id: 'load', title: 'Load', view: load },
  { id: 'webhooks', title: 'Webhooks', view: webhooks },
  { id: 'capabilities', title: 'Capabilities', view: capabilities },
  { id: 'migration', title: 'Migration', view: migration },
  { id: 'settings', title: 'Settings', view: settings },
];

const place = (id) => document.getElementById(id);
let front = TABS[0];
let timer = null;
let round = 0;

function trouble(id, text) {
  place(id).textContent = text;
  place(id).hidden = text === '';
}

async function refresh() {
  clearTimeout(timer);
  round += 1;
  const mine = round;
  try {
    const server = await call('GET', '/server');
    place('server').textContent = `${server.version}, profile ${server.profile}${server.development ? ', development mode' : ''}, up ${ago(server.started_ms, server.now_ms)}`
      + `${server.draining ? ', draining' : ''}`;
    await front.view.refresh(place(`panel-${front.id}`));
    trouble('trouble', '');
  } catch (error) {
    if (error.status === 401) {
      return signOut('The token is not the right one.');
    }
    trouble('trouble', error.message);
  }
  // A later round, of another tab, has taken over.
  if (mine === round && !place('board').hidden) {
    timer = setTimeout(refresh, INTERVAL_MS);
  }
  return null;
}

function signOut(why) {
  token.forget();
  clearTimeout(timer);
  round += 1;
  place('board').hidden = true;
  place('sign-out').hidden = true;
  place('sign-in').hidden = false;
  place('server').textContent = '';
  trouble('refused', why);
  place('token').focus();
}

async function signedIn() {
  place('sign-in').hidden = true;
  place('board').hidden = false;
  place('sign-out').hidden = false;
  const wanted = TABS.find(({ id }) => `#${id}` === location.hash) ?? TABS[0];
  choose(wanted.id, false);
}

const choose = tabs(TABS, (id) => {
  front = TABS.find((tab) => tab.id === id);
  document.title = `${front.title} – Viaduct dashboard`;
  refresh();
});

place('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  token.set(place('token').value);
  try {
    await call('GET', '/server');
  } catch (error) {
    return signOut(error.status === 401 ? 'The token is not the right one.' : error.message);
  }
  place('token').value = '';
  trouble('refused', '');
  return signedIn();
});

place('sign-out').addEventListener('click', () => {
  signOut('');
  say('Signed out.');
});

place('panels').addEventListener('click', async (event) => {
  const button = event.target.closest('[data-act]');
  if (!button) {
    return;
  }
  const { act, ...data } = button.dataset;
  try {
    await front.view.act(act, data);
  } catch (error) {
    say(error.message);
  }
  refresh();
});

if (token.get() === null) {
  signOut('');
} else {
  signedIn();
}
