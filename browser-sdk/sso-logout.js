// Tells open tabs that their SSO session at Keycloak has ended (docs/browser.md). Apache-2.0.

/**
 * @typedef {object} LogoutEvent
 * @property {string} [sid] the session
 * @property {string} reason as in docs/events.md, or `storage_cleared`
 * @property {string} [initiator] `user`, `admin`, `policy` or `system`
 * @property {string} time when it ended, ISO 8601
 * @property {'stream'|'frame'|'tab'|'hub'|'storage'|'check'} via how it came
 * @property {number} at when it came, in ms since the epoch
 */

/**
 * @typedef {object} ListenerOptions
 * @property {(event: LogoutEvent) => void} onLogout called once
 * @property {string} [issuer] of the realm's tokens; needed unless the module comes from Keycloak
 * @property {string} clientId
 * @property {(how: {refresh: boolean}) => (string|undefined|Promise<string|undefined>)} [getToken]
 *   access token or ID token
 * @property {() => Promise<string>} [getTicket] a ticket, for apps without tokens in the browser
 * @property {string} [sid] the session, where there is no token to take it from
 * @property {string[]} [allowedOrigins] whose windows may post SSO_LOGOUT
 * @property {boolean} [frame] whether to use the hidden frame; true by default
 * @property {string} [storageKey] of localStorage, whose loss in another tab is a logout
 * @property {boolean|Element} [debug] shows what happens, in the console or the element
 */

const CHANNEL = 'sso_logout';
const TYPE = 'SSO_LOGOUT';
const LONGEST_WAIT = 30_000;
const ANSWER_WAIT = 1_000;

/**
 * Listens for the end of the session that the app has now. Call it after each sign-in.
 * @param {ListenerOptions} options
 * @returns {() => void} ends the listening
 */
export function setupSSOLogoutListener(options) {
  const { onLogout, clientId, getToken, getTicket, allowedOrigins = [], storageKey } = options;
  const issuer = issuerOf(options);
  const base = `${issuer}/logout-broadcaster`;
  const query = `?client_id=${encodeURIComponent(required(clientId, 'clientId'))}`;
  required(onLogout, 'onLogout');
  for (const origin of allowedOrigins) {
    if (origin === '*' || new URL(origin).origin !== origin) throw new TypeError(`no exact origin: ${origin}`);
  }
  const canAsk = getToken || getTicket;
  const log = logger(options.debug);
  const life = new AbortController();
  let sid = options.sid;
  let token;
  let stale = false;
  let done = false;
  let channel;
  let frame;
  let stream;
  let leave;
  let answered;

  const end = (message, via) => {
    if (done || (sid && message.sid && sid !== message.sid)) return;
    done = true;
    if (via !== 'tab') say({ ...message, type: TYPE, sid: message.sid ?? sid });
    log(`ended: ${message.reason} via ${via}`);
    close();
    onLogout({
      sid: message.sid ?? sid,
      reason: message.reason ?? 'unknown',
      initiator: message.initiator,
      time: message.time ?? now(),
      via,
      at: Date.now(),
    });
  };

  const connect = async (signal) => {
    if (getToken) {
      try {
        token = (await getToken({ refresh: stale })) ?? token;
      } catch (e) {
        // The old token tells why it cannot be renewed.
        log(`no token: ${e}`);
      }
      if (!token) return undefined;
      sid ??= sidOf(token);
    }
    const ticket = getToken ? '' : `&ticket=${encodeURIComponent((await getTicket?.()) ?? '')}`;
    const response = await fetch(`${base}/events${query}${ticket}`, {
      headers: getToken ? { Authorization: `Bearer ${token}` } : {},
      credentials: 'omit',
      cache: 'no-store',
      signal,
    });
    stale = response.status === 401 && !stale;
    return response;
  };

  const watch = (via) =>
    followStream(connect, (name, data) => {
      if (name === 'ready') sid ??= data.sid;
      if (name === 'ended') end(data, via);
      return name === 'ended' || via === 'check';
    }, log);

  const check = () => {
    if (done || !canAsk) return;
    const once = watch('check');
    life.signal.addEventListener('abort', once.stop);
  };

  const hint = (message, via) => (canAsk ? check() : end(message, via));

  const lead = () => {
    log('leads');
    stream = watch('stream');
    return stream.done;
  };

  const stepDown = () => {
    leave?.abort();
    leave = undefined;
    stream?.stop();
    stream = undefined;
  };

  const join = async (steal = false) => {
    stepDown();
    if (!canAsk || done) return;
    const leaving = (leave = new AbortController());
    try {
      if (!sid && getToken) sid = sidOf((token = await getToken({ refresh: false })));
    } catch (e) {
      log(`no token: ${e}`);
    }
    if (leaving.signal.aborted) return;
    if (!navigator.locks) return void lead();
    try {
      await navigator.locks.request(
        [CHANNEL, issuer, clientId, sid].join(' '),
        steal ? { steal } : { signal: leaving.signal },
        () => (leaving.signal.aborted ? undefined : lead()),
      );
    } catch (e) {
      // Another tab has taken over, or this one has left the queue.
      if (!leaving.signal.aborted) {
        log(`no longer leads: ${e}`);
        join();
      }
    }
  };

  const say = (message) => channel?.postMessage(message);

  const hear = ({ data }) => {
    if (data?.type === TYPE) {
      if (data.check) hint(data, 'tab');
      else end(data, 'tab');
    } else if (data?.type === 'SSO_LEADER?' && stream?.fresh()) say({ type: 'SSO_LEADER' });
    else if (data?.type === 'SSO_LEADER') answered?.();
  };

  const open = () => {
    channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = hear;
    join();
  };

  /** The tab may have slept: whoever leads says so within a moment, or is replaced. */
  const look = async (force) => {
    if (done || !canAsk) return;
    if (stream) return stream.renew(force);
    const answer = new Promise((resolve) => { answered = () => resolve(true); });
    say({ type: 'SSO_LEADER?' });
    if (!(await Promise.race([answer, sleep(ANSWER_WAIT)])) && leave && !stream) join(true);
    else if (force) check();
  };

  const suspend = () => {
    stepDown();
    channel?.close();
    channel = undefined;
  };
  const restore = () => {
    if (done || life.signal.aborted) return;
    if (!channel) open();
    check();
  };

  const close = () => {
    life.abort();
    suspend();
    frame?.remove();
  };

  const on = (target, type, handle) =>
    target.addEventListener(type, handle, { signal: life.signal });
  on(window, 'message', (e) => {
    if (e.data?.type !== TYPE) return;
    if (frame && e.source === frame.contentWindow && e.origin === new URL(base).origin) {
      if (e.data.sid || e.data.reason) end(e.data, 'frame');
      else hint(e.data, 'frame');
    } else if (allowedOrigins.includes(e.origin)) end(e.data, 'hub');
    else log(`not listened to: ${e.origin}`);
  });
  on(window, 'storage', (e) => {
    if (storageKey && e.storageArea === localStorage && (e.key === null || (e.key === storageKey && e.newValue === null))) {
      end({ reason: 'storage_cleared', initiator: 'user' }, 'storage');
    }
  });
  on(window, 'pagehide', suspend);
  on(window, 'pageshow', (e) => e.persisted && restore());
  on(document, 'freeze', suspend);
  on(document, 'resume', restore);
  on(document, 'visibilitychange', () => document.visibilityState === 'visible' && look(false));
  on(window, 'online', () => look(true));

  open();
  if (options.frame !== false) {
    frame = document.createElement('iframe');
    frame.hidden = true;
    frame.title = 'Single logout';
    frame.referrerPolicy = 'origin';
    frame.sandbox = 'allow-scripts allow-same-origin';
    frame.src = `${base}/frame${query}&stream=${!canAsk}`;
    document.documentElement.append(frame);
  }
  return close;
}

/**
 * Signs the user out of this app's tabs, and at Keycloak of every app.
 * @param {Pick<ListenerOptions, 'issuer'|'getToken'|'sid'> & {
 *   clearTokens?: boolean | (() => void),
 *   redirectUrl?: string,
 *   notifyHub?: boolean,
 *   hubApiUrl?: string,
 * }} options `clearTokens` removes the app's tokens, or all of localStorage and sessionStorage if
 *   `true`; `notifyHub: false` leaves the session alone; `hubApiUrl` ends it elsewhere than Keycloak
 * @returns {Promise<boolean>} whether the session was ended
 */
export async function performSSOLogout(options) {
  const { getToken, clearTokens, redirectUrl, notifyHub = true } = options;
  let ended = false;
  let sid = options.sid;
  if (notifyHub) {
    try {
      const token = await getToken?.({ refresh: false });
      sid ??= sidOf(token);
      const response = await fetch(options.hubApiUrl ?? `${issuerOf(options)}/sso-sessions/logout`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        credentials: 'omit',
        keepalive: true,
      });
      ended = response.ok;
    } catch {
      // The app's tabs are signed out all the same.
    }
  }
  post({ type: TYPE, sid, reason: 'logout', initiator: 'user', time: now(), timestamp: Date.now() });
  if (typeof clearTokens === 'function') clearTokens();
  else if (clearTokens) {
    localStorage.clear();
    sessionStorage.clear();
  }
  if (redirectUrl) location.assign(redirectUrl);
  return ended;
}

/**
 * For the app's post-logout page and its front-channel logout page (with `iss` and `sid`): has the
 * app's tabs ask whether their session has ended. Anyone can open such a page.
 * @param {{issuer?: string}} [options]
 */
export function announceSSOLogout(options = {}) {
  const parameters = new URLSearchParams(location.search);
  const iss = parameters.get('iss');
  if (!iss || iss === issuerOf(options)) {
    post({ type: TYPE, sid: parameters.get('sid') ?? undefined, check: true });
  }
}

/**
 * For keycloak-js: `setupSSOLogoutListener(fromKeycloak(keycloak))`.
 * @param {any} keycloak signed in
 */
export const fromKeycloak = (keycloak) => ({
  issuer: `${keycloak.authServerUrl.replace(/\/$/, '')}/realms/${encodeURIComponent(keycloak.realm)}`,
  clientId: keycloak.clientId,
  sid: keycloak.tokenParsed?.sid,
  getToken: ({ refresh }) => keycloak.updateToken(refresh ? -1 : 5).then(() => keycloak.token),
  onLogout: () => keycloak.clearToken(),
});

/**
 * For oidc-client-ts: `setupSSOLogoutListener(fromUserManager(userManager))`.
 * @param {any} userManager with a user
 */
export const fromUserManager = (userManager) => ({
  issuer: userManager.settings.authority.replace(/\/$/, ''),
  clientId: userManager.settings.client_id,
  getToken: async ({ refresh }) =>
    (await (refresh ? userManager.signinSilent() : userManager.getUser()))?.access_token,
  onLogout: () => userManager.removeUser(),
});

/**
 * Keeps a stream open until its handler has had enough.
 * @internal
 */
export function followStream(connect, handle, log) {
  let stopped = false;
  let attempt;
  let wake;
  let heard = 0;
  let heartbeat = 20_000;
  let failures = 0;

  const read = async () => {
    attempt = new AbortController();
    const response = await connect(attempt.signal);
    if (!response?.ok) {
      log(`stream refused: ${response?.status ?? 'no token'}`);
      failures++;
      if (response?.status === 401 && failures === 1) return 0;
      return Math.max(backOff(), 1000 * Number(response?.headers.get('Retry-After') ?? 0));
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let wait = 500;
    for (;;) {
      const silence = setTimeout(() => attempt.abort(), 2.5 * heartbeat);
      const { value, done } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return wait * (0.5 + Math.random());
      heard = Date.now();
      const events = (text + value).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const field = (key) => event.match(`(?:^|\n)${key}: ?(.*)`)?.[1];
        const name = field('event');
        if (!name) continue;
        const data = JSON.parse(field('data') ?? '{}');
        log(`stream: ${name}`);
        if (name === 'ready') {
          failures = 0;
          heartbeat = data.heartbeat;
        }
        if (name === 'bye') wait = data.retry;
        if (handle(name, data)) {
          stopped = true;
          attempt.abort();
          return 0;
        }
      }
    }
  };

  const backOff = () => Math.min(LONGEST_WAIT, 500 * 2 ** failures) * (0.5 + Math.random() / 2);

  const run = async () => {
    while (!stopped) {
      let wait = 0;
      try {
        wait = await read();
      } catch (e) {
        if (stopped) return;
        log(`stream broke: ${e}`);
        failures++;
        wait = backOff();
      }
      if (!stopped) await Promise.race([sleep(wait), new Promise((resolve) => { wake = resolve; })]);
      wake = undefined;
    }
  };

  return {
    done: run(),
    stop() {
      stopped = true;
      attempt?.abort();
      wake?.();
    },
    fresh: () => Date.now() - heard < 1.5 * heartbeat,
    renew(force) {
      if (wake) wake();
      else if (force || Date.now() - heard > 1.5 * heartbeat) {
        failures = -1;
        attempt?.abort();
      }
    },
  };
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

const now = () => new Date().toISOString();

function required(value, name) {
  if (!value) throw new TypeError(`${name} is needed`);
  return value;
}

/** @param {{issuer?: string}} options */
function issuerOf({ issuer }) {
  const served = import.meta.url.match(/^(.*)\/logout-broadcaster\/sdk[^/]*\.js$/)?.[1];
  return required(issuer ?? served, 'issuer');
}

function sidOf(token) {
  try {
    return JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).sid;
  } catch {
    return undefined;
  }
}

function post(message) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
}

function logger(debug) {
  if (!debug) return () => {};
  return (text) => {
    const line = `${now()} ${text}`;
    if (debug === true) console.debug(line);
    else debug.append(`${line}\n`);
  };
}
