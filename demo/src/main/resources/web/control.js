import { clock, element, shortened, slot } from './dom.js';
import { setUpTexts, t } from './texts.js';

const WAYS = ['user', 'admin', 'password', 'expiry', 'account'];

let state;
let notice;
const known = new Set();
let busy = new Set();

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error((await response.json()).detail);
}

/** Does something, and says how it went. */
async function act(key, path, body, done) {
  busy.add(key);
  render();
  try {
    await post(path, body);
    notice = done ? { good: true, text: () => t(done) } : undefined;
  } catch (e) {
    notice = { good: false, text: () => t('refused', { error: e.message }) };
  }
  busy.delete(key);
  render();
}

const button = (key, text, path, body, look = '', done) =>
  element('button', {
    type: 'button', class: `button small ${look}`, disabled: busy.has(key), 'data-do': key,
    onclick: () => act(key, path, body, done),
  }, text);

function render() {
  document.title = t('controlTitle');
  const redisIsDown = state?.processes.some(({ name, up }) => name === 'redis' && !up);
  const shown = redisIsDown ? { good: false, text: () => t('redisDown') } : notice;
  slot('notice').hidden = !shown;
  if (shown) {
    slot('notice').className = `notice ${shown.good ? 'good' : ''}`;
    slot('notice').textContent = shown.text();
  }
  if (!state) return;
  slot('links').replaceChildren(...Object.entries(state.pages).filter(([name]) => name !== 'control')
    .map(([name, href]) => element('a', { href, target: name }, t(`app.${name}`))));
  slot('processes').replaceChildren(...state.processes.map(processItem));
  slot('sessions').replaceChildren(...(state.sessions.length ? state.sessions.map(sessionItem) : [nobody()]));
  slot('messages').replaceChildren(...(state.messages.length
    ? state.messages.map(messageItem)
    : [element('p', { class: 'quiet' }, t('noMessages'))]));
}

const nobody = () => element('div', { class: 'empty' }, element('span', {}, t('noSessions')),
  element('a', { class: 'button', href: state.pages.hub, target: 'hub' }, t('openHub')),
  element('a', { class: 'button', href: state.pages.studio, target: 'studio' }, t('openStudio')));

function processItem({ name, up, replaceable }) {
  const item = element('li', { class: up ? '' : 'down' }, element('span', { class: 'dot', 'aria-hidden': 'true' }),
    element('span', {}, name), element('span', { class: 'quiet' }, t(up ? 'up' : 'down')));
  if (replaceable) {
    const text = t(name === 'redis' ? (up ? 'do.stopRedis' : 'do.startRedis') : up ? 'do.kill' : 'do.start');
    item.append(button(`process-${name}`, text, '/api/process', { name, action: up ? 'stop' : 'start' }, up ? 'danger' : ''));
  }
  return item;
}

function sessionItem({ realm, sid, username, started, clients }) {
  const say = { expiry: 'expiryNote', account: 'usersAgain' };
  return element('article', { class: 'session', 'data-sid': sid },
    element('header', {}, element('b', {}, username), element('span', { class: 'badge' }, realm),
      ...clients.map((client) => element('span', { class: 'badge plain' }, client)),
      element('span', { class: 'mono quiet' }, `${shortened(sid)} · ${t('since')} ${clock(started)}`)),
    element('div', { class: 'actions' }, ...WAYS.map((way) =>
      button(`${way}-${sid}`, t(`do.${way}`), '/api/end', { realm, sid, way }, way === 'account' ? 'danger' : '', say[way] ?? 'done'))));
}

function messageItem(message) {
  const item = element('article', { class: `card message ${known.has(message.id) ? '' : 'fresh'}`, 'data-sid': message.sid },
    element('header', {},
      element('span', { class: 'badge bad' }, message.reason),
      element('span', {}, t('by', { initiator: message.initiator })),
      element('b', {}, message.username ?? ''),
      element('span', { class: 'badge' }, message.realm),
      ...message.clients.map((client) => element('span', { class: 'badge plain' }, client)),
      element('time', { class: 'mono quiet', dateTime: message.time }, clock(message.time))),
    element('ul', { class: 'heard' },
      heardItem({ who: 'Redis', how: message.channel, afterMillis: message.afterMillis }),
      ...[...message.heard].sort(byKind).map(heardItem)));
  known.add(message.id);
  return item;
}

/** Servers first, then their logout tokens, then tabs; each by who was first. */
const byKind = (one, other) =>
  one.tab - other.tab || (one.afterMillis ?? Infinity) - (other.afterMillis ?? Infinity) || 0;

const HOWS = { redis: 'Redis', logout_token: 'logout token, HTTP POST' };

const heardItem = ({ who, how, tab, afterMillis }) => element('li', {},
  element('span', { class: `badge ${tab ? '' : 'good'}` }, tab ? t('tabOf', { app: t(`app.${who}`) }) : who),
  element('span', { class: 'how' }, tab ? t(`via.${how}`) : HOWS[how] ?? how),
  element('b', { class: 'mono' }, afterMillis === undefined ? '' : t('afterMillis', { ms: afterMillis })));

const feed = new EventSource('/api/feed');
feed.onmessage = ({ data }) => {
  state = JSON.parse(data);
  if (notice?.lost) notice = undefined;
  render();
};
feed.onerror = () => {
  notice = { good: false, lost: true, text: () => t('lost') };
  render();
};

setUpTexts(render);
