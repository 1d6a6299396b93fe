// Runs in the hidden frame, on Keycloak's origin: hears there that the browser's session has ended,
// and tells the page that frames it.
import { followStream } from './sdk.js';

const CHANNEL = 'sso_logout';
const TYPE = 'SSO_LOGOUT';
// Keycloak sets it for scripts; its value changes with the session.
const COOKIE = 'KEYCLOAK_SESSION';

const origins = document.querySelector('script[data-origins]').dataset.origins.split(' ');

/** The page's origin as the browser tells it; it is one of the client's, or nothing is told. */
const parents = () => {
  const told = location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);
  if (told) return origins.filter((origin) => origin === told);
  // The browser delivers to the exact origin only, so that the others get nothing.
  return origins;
};

const tell = ({ sid, reason, initiator, time }) => {
  for (const origin of parents()) {
    parent.postMessage({ type: TYPE, sid, reason, initiator, time, timestamp: Date.now() }, origin);
  }
};

let signedIn = false;
let stream;
let leave;
let channel;

const announce = (message) => {
  channel?.postMessage({ ...message, type: TYPE });
  tell(message);
};

const connect = async (signal) => {
  const response = await fetch('events', { credentials: 'same-origin', cache: 'no-store', signal });
  // Nobody is signed in, or the browser keeps the cookie from frames. A new cookie says otherwise.
  if (response.status === 401 || response.status === 403) {
    if (signedIn) tell({});
    signedIn = false;
    stream?.stop();
  }
  return response;
};

const lead = () => {
  stream = followStream(connect, (name, data) => {
    if (name === 'ready') {
      signedIn = true;
      // Whoever empties this origin's storage signs out with it.
      try {
        localStorage.setItem(CHANNEL, 'signed in');
      } catch {
        // The browser keeps the storage from frames.
      }
    }
    if (name === 'ended') {
      signedIn = false;
      announce(data);
    }
    return name === 'ended';
  }, () => {});
  return stream.done;
};

/** One frame of the browser holds the stream and tells the others. */
const join = async () => {
  suspend();
  const leaving = (leave = new AbortController());
  channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => data?.type === TYPE && tell(data);
  try {
    await navigator.locks.request(CHANNEL + location.pathname, { signal: leaving.signal }, () =>
      leaving.signal.aborted ? undefined : lead(),
    );
  } catch {
    // It has left the queue.
  }
};

const suspend = () => {
  leave?.abort();
  stream?.stop();
  channel?.close();
  channel = undefined;
};

addEventListener('storage', ({ key, newValue }) => {
  if (key === null || (key === CHANNEL && newValue === null)) {
    tell({ reason: 'storage_cleared', initiator: 'user', time: new Date().toISOString() });
  }
});

let session;
const sessionCookie = async () => (await cookieStore.get(COOKIE))?.value;
if ('cookieStore' in globalThis) {
  sessionCookie().then((value) => {
    session = value;
  });
  cookieStore.addEventListener('change', async ({ changed, deleted }) => {
    if (![...changed, ...deleted].some(({ name }) => name === COOKIE)) return;
    const value = await sessionCookie();
    if (value === session) return;
    if (session) tell({});
    session = value;
    if (value) join();
  });
}

addEventListener('pagehide', suspend);
addEventListener('pageshow', ({ persisted }) => persisted && join());
document.addEventListener('freeze', suspend);
document.addEventListener('resume', join);

join();
