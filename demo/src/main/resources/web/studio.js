import { clock, element, fact, showWhen, slot } from './dom.js';
import { reasonText, setUpTexts, t } from './texts.js';

const { InMemoryWebStorage, UserManager, WebStorageStateStore } = globalThis.oidc;
const { issuer, clientId, links } = await (await fetch('/config.json')).json();
const { fromUserManager, performSSOLogout, setupSSOLogoutListener } =
  await import(`${issuer}/logout-broadcaster/sdk.js`);

/** Rotation makes a refresh token good for one use, so that two refreshes must not meet. */
class OneRefreshAtATime extends UserManager {
  signinSilent(options) {
    return (this.refreshing ??= super.signinSilent(options).finally(() => { this.refreshing = undefined; }));
  }
}

const memory = () => new WebStorageStateStore({ store: new InMemoryWebStorage() });
const manager = new OneRefreshAtATime({
  authority: issuer,
  client_id: clientId,
  redirect_uri: `${location.origin}/oauth/callback`,
  scope: 'openid read:profile read:groups manage:workflows',
  // No token reaches the browser's storage.
  userStore: memory(),
  stateStore: memory(),
  automaticSilentRenew: true,
  accessTokenExpiringNotificationTimeInSeconds: 300,
  silentRequestTimeoutInSeconds: 10,
  popupWindowFeatures: { width: 480, height: 680 },
});

let user = null;
let claims = {};
let refreshes = 0;
let ended;
let problem;
let stopListening = () => {};
const heard = [];

/** Calls an API; if the access token is refused, once more with a new one. */
async function call(url) {
  const ask = () => fetch(url, { headers: { Authorization: `Bearer ${user.access_token}` } });
  let response = await ask();
  if (response.status === 401) {
    await refresh();
    response = await ask();
  }
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

// --- what is shown ---

function render() {
  const state = ended ? 'ended' : user ? 'in' : 'out';
  document.title = t('app.studio');
  document.body.dataset.state = state;
  slot('links').replaceChildren(...['hub', 'control'].map((link) => element('a', { href: links[link] }, t(`app.${link}`))));
  slot('pill').className = `pill ${{ in: 'on', out: 'off', ended: 'ended' }[state]}`;
  slot('pill').textContent = t({ in: 'signedIn', out: 'signedOut', ended: 'sessionEnded' }[state]);
  slot('title').textContent = { in: () => t('hello', { name: claims.name ?? '' }), out: () => t('studioWelcome'), ended: () => t('endedTitle') }[state]();
  slot('lead').textContent = { in: () => t('studioLead'), out: () => t('studioOut'), ended: () => reasonText(ended.reason) }[state]();
  slot('notice').hidden = !problem;
  slot('notice').textContent = problem ? problem() : '';
  slot('actions').replaceChildren(...(state === 'in'
    ? [button('refresh', 'refresh', '', refresh), button('call-api', 'callApi', '', loadClaims), button('sign-out', 'signOut', 'danger', signOut)]
    : [button('popup', 'popupSignIn', 'solid', signInByPopup), button('silent', 'silentSignIn', '', signInSilently)]));
  showWhen(...(state === 'in' ? ['signed-in'] : []), ...(heard.length ? ['heard'] : []));
  if (state === 'in') {
    slot('tokens').replaceChildren(
      fact(t('expiresIn'), t('seconds', { n: user.expires_in }), true),
      fact(t('rotation'), t('rotated')),
      fact(t('refreshed'), t('times', { n: refreshes })),
    );
    slot('claims').replaceChildren(
      fact(t('name'), claims.name), fact(t('email'), claims.email), fact(t('groups'), claims.groups?.join(', ')),
      fact(t('group'), claims.group_name), fact(t('role'), claims.role_name), fact(t('admin'), t(claims.is_admin ? 'yes' : 'no')),
    );
  }
  slot('log').replaceChildren(...heard.map(({ via, at, afterMillis }) =>
    element('li', {}, element('span', { class: 'mono' }, clock(at)), element('span', {}, t(`via.${via}`)),
      element('b', { class: 'mono' }, t('afterMillis', { ms: afterMillis })))));
}

const button = (id, text, look, onclick) =>
  element('button', { type: 'button', id, class: `button ${look}`, onclick: () => attempt(onclick) }, t(text));

/** Does something for the user, and says so if it fails. */
async function attempt(work) {
  problem = undefined;
  render();
  try {
    await work();
  } catch (e) {
    problem ??= () => t('signInError', { error: e.message });
  }
  render();
}

// --- what it does ---

async function signedIn(found) {
  user = found;
  ended = undefined;
  heard.length = 0;
  await loadClaims();
  stopListening();
  stopListening = setupSSOLogoutListener({
    ...fromUserManager(manager),
    allowedOrigins: [new URL(links.hub).origin],
    onLogout: signedOut,
  });
}

async function loadClaims() {
  claims = await call(`${issuer}/protocol/openid-connect/userinfo`);
}

async function signInByPopup() {
  try {
    await signedIn(await manager.signinPopup({ popupAbortOnClose: true }));
  } catch (e) {
    // The library has no codes for these.
    if (/disposed window/.test(e.message)) problem = () => t('popupBlocked');
    else if (/closed by user/.test(e.message)) problem = () => t('popupClosed');
    else throw e;
  }
}

async function signInSilently() {
  try {
    const found = await manager.signinSilent();
    if (found) await signedIn(found);
  } catch {
    problem = () => t('silentFailed');
  }
}

async function refresh() {
  user = await manager.signinSilent();
}

async function signOut() {
  stopListening();
  await performSSOLogout({
    ...fromUserManager(manager),
    clearTokens: () => manager.removeUser(),
  });
  user = null;
  claims = {};
}

async function signedOut(event) {
  const at = Date.now();
  const afterMillis = Math.max(0, at - Date.parse(event.time));
  const sid = event.sid;
  heard.push({ via: event.via, at, afterMillis });
  ended = event;
  user = null;
  claims = {};
  render();
  slot('title').focus();
  await manager.removeUser();
  fetch('/heard', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sid, via: event.via, afterMillis }),
  });
}

manager.events.addUserLoaded((loaded) => {
  if (user) refreshes++;
  user = loaded;
  render();
});
manager.events.addSilentRenewError(() => {
  // The session may have ended; if so, the listener says why.
  problem = () => t('silentFailed');
  render();
});

setUpTexts(render);
setInterval(() => user && render(), 10_000);
