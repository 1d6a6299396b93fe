import { clock, element, fact, shortened, showWhen, slot } from './dom.js';
import { reasonText, setUpTexts, t } from './texts.js';

/** The app, as its server tells: see SessionStatus. */
let status = await ask('/api/session-status');
let user;
let ended;
let leaving = false;
let stream = 'connecting';
const heard = [];
const order = ['hub', 'shop', 'blog', 'wiki', 'studio', 'control'];
const opened = new Map();
const sdk = await import(`${status.issuer}/logout-broadcaster/sdk.js`);

async function ask(path, options) {
  const response = await fetch(path, { cache: 'no-store', ...options });
  if (!response.ok) throw Object.assign(new Error(`${path}: ${response.status}`), { status: response.status });
  return response.status === 204 ? undefined : response.json();
}

const post = (path) => ask(path, { method: 'POST', headers: { [user.csrf.header]: user.csrf.token } });

// --- what is shown ---

function render() {
  const name = t(`app.${status.app}`);
  document.title = name;
  document.documentElement.dataset.app = status.app;
  slot('app').textContent = name;
  slot('links').replaceChildren(
    ...order
      .filter((link) => status.links[link] && link !== status.app && (!status.hub || link === 'control'))
      .map((link) => element('a', { href: status.links[link] }, t(`app.${link}`))),
  );
  const state = ended ? 'ended' : status.authenticated ? 'in' : 'out';
  document.body.dataset.state = state;
  const pill = slot('pill');
  pill.className = `pill ${state === 'in' ? 'on' : state === 'ended' ? 'ended' : 'off'}`;
  pill.textContent = t({ in: 'signedIn', out: 'signedOut', ended: 'sessionEnded' }[state]);
  slot('title').textContent = {
    in: () => t('hello', { name: user?.name }),
    out: () => t('welcome', { app: name }),
    ended: () => t('endedTitle'),
  }[state]();
  slot('lead').textContent = {
    in: () => t(status.hub ? 'hubLead' : 'inLead', { app: name }),
    out: () => t('outLead'),
    ended: () => reasonText(ended.reason),
  }[state]();
  const signIn = element('a', { class: 'button solid', href: '/auth/login', id: 'sign-in' },
    t(ended ? 'signInAgain' : 'signIn'));
  const signOut = element('button', { type: 'button', class: 'button danger', id: 'sign-out', onclick: signOutEverywhere },
    t('signOut'));
  slot('actions').replaceChildren(state === 'in' ? signOut : signIn);
  showWhen(...(state === 'in' ? ['signed-in', ...(status.hub ? ['hub', 'scenarios'] : [])] : []), ...(heard.length ? ['heard'] : []));
  if (state === 'in') renderSession();
  slot('log').replaceChildren(
    ...heard.map(({ via, at }) =>
      element('li', {}, element('span', { class: 'mono' }, clock(at)), element('span', {}, t(`via.${via}`)),
        element('b', { class: 'mono' }, knownWhy() ? t('afterMillis', { ms: afterMillis(at) }) : ''))),
  );
}

function renderSession() {
  slot('profile').replaceChildren(
    fact(t('name'), user.name), fact(t('username'), user.username), fact(t('email'), user.email),
  );
  slot('session').replaceChildren(
    fact(t('sid'), shortened(status.sid), true),
    fact(t('answeredBy'), status.instance, true),
    fact(t('eventStream'), t(`stream.${stream}`)),
  );
  if (status.hub) {
    const apps = order.filter((link) => !['hub', 'studio', 'control'].includes(link));
    slot('apps').replaceChildren(...apps.map((app) => opener(app, t('open', { app: t(`app.${app}`) }))));
    slot('scenario-2').replaceChildren(opener('blog', t('scenario2Do', { app: t('app.blog') })));
  }
}

/** A button that opens an app in a tab, which the hub can then tell of a sign-out. */
const opener = (app, text) =>
  element('button', { type: 'button', class: 'button', 'data-open': app, onclick: () => opened.set(app, window.open(status.links[app], app)) }, text);

async function renderUsers() {
  try {
    const users = await ask('/api/sessions');
    slot('users').replaceChildren(...users.map(({ name, since, own }) =>
      element('li', {}, element('span', {}, name), own ? element('span', { class: 'badge' }, t('you')) : '',
        element('span', { class: 'mono quiet' }, clock(since)))));
  } catch {
    // The session has ended, or its store does not answer; what else happens says so.
  }
}

// --- what ends it ---

/** The session of this page has ended; told by several ways, of which the first counts. */
function end(event, via) {
  if (leaving || heard.some((one) => one.via === via)) return;
  heard.push({ via, at: Date.now() });
  // Whoever tells first may not know why, nor when.
  if (!knownWhy()) ended = event;
  status.authenticated = false;
  localStorage.removeItem('signed-in');
  render();
  if (heard.length === 1) slot('title').focus();
  if (knownWhy()) heard.filter(({ reported }) => !reported).forEach((one) => report(one));
}

const knownWhy = () => ended && ended.reason !== 'unknown';
const afterMillis = (at) => Math.max(0, at - Date.parse(ended.time));

/** For the audit log; the server may hear of the end after this tab. */
async function report(one, attempts = 5) {
  one.reported = true;
  const response = await fetch('/api/heard', {
    method: 'POST',
    // The session is about to go, and is not needed.
    credentials: 'omit',
    keepalive: true,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sid: status.sid, via: one.via, afterMillis: afterMillis(one.at) }),
  }).catch(() => undefined);
  if (!response?.ok && attempts > 1) setTimeout(() => report(one, attempts - 1), 1000);
}

/** The app's own server tells by its stream. */
function listenToServer() {
  const events = new EventSource('/api/events');
  events.addEventListener('session', ({ data }) => {
    stream = 'open';
    status.instance = JSON.parse(data).instance;
    render();
  });
  events.addEventListener('ended', ({ data }) => {
    events.close();
    end(JSON.parse(data), 'app');
  });
  events.onerror = async () => {
    if (leaving || heard.some(({ via }) => via === 'app')) return events.close();
    stream = 'lost';
    render();
    try {
      // The stream ends with its session, and also with its replica.
      const now = await ask(`/api/session-status?sid=${encodeURIComponent(status.sid)}`);
      if (!now.authenticated) {
        events.close();
        end(now.ended ?? { reason: 'unknown' }, 'app');
        return;
      }
    } catch {
      // No replica answers, or their store does not.
    }
    if (events.readyState === EventSource.CLOSED) setTimeout(listenToServer, 1000);
  };
}

/** Keycloak tells by its stream, and the hub's window by a message. */
function listenToKeycloak() {
  sdk.setupSSOLogoutListener({
    issuer: status.issuer,
    clientId: status.app,
    sid: status.sid,
    getTicket: async () => (await post('/api/sso-ticket')).ticket,
    allowedOrigins: status.hub ? [] : [new URL(status.links.hub).origin],
    onLogout: (event) => end(event, event.via),
  });
}

// --- what this page does ---

/** Signs out at this app's server, which has Keycloak end the session, and then in the browser. */
async function signOutEverywhere() {
  leaving = true;
  try {
    await post('/auth/logout');
  } catch (e) {
    if (e.status !== 401 && e.status !== 403) {
      leaving = false;
      slot('notice').textContent = t('failed');
      slot('notice').hidden = false;
      return;
    }
    // It had ended before.
  }
  const message = { type: 'SSO_LOGOUT', sid: status.sid, reason: 'logout', initiator: 'user', time: new Date().toISOString(), timestamp: Date.now() };
  for (const [app, tab] of opened) tab?.postMessage(message, new URL(status.links[app]).origin);
  await sdk.performSSOLogout({
    issuer: status.issuer,
    sid: status.sid,
    notifyHub: false,
    clearTokens: status.hub || undefined,
    redirectUrl: `/signed-out.html?lang=${document.documentElement.lang}`,
  });
}

/** At the hub, an emptied localStorage is a sign-out. */
function watchStorage() {
  localStorage.setItem('signed-in', status.sid);
  const frame = element('iframe', { src: '/storage-watch.html', hidden: true, title: 'Storage' });
  document.body.append(frame);
  addEventListener('message', ({ source, origin, data }) => {
    if (source === frame.contentWindow && origin === location.origin && data?.type === 'STORAGE_CLEARED' && !leaving && !ended) {
      signOutEverywhere();
    }
  });
}

document.getElementById('scenario-1').onclick = signOutEverywhere;
document.getElementById('scenario-3').onclick = () => localStorage.clear();

if (status.authenticated) user = await ask('/api/user');
setUpTexts(render);
if (new URLSearchParams(location.search).get('sign-in') === 'failed') {
  slot('notice').textContent = t('signInFailed');
  slot('notice').hidden = false;
  history.replaceState(null, '', '/');
}
if (status.authenticated) {
  renderUsers();
  setInterval(() => ended || document.hidden || renderUsers(), 3000);
  listenToServer();
  listenToKeycloak();
  if (status.hub) watchStorage();
}
