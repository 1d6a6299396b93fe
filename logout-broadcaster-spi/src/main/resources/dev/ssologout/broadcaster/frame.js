// Runs in the hidden frame, on Keycloak's origin: hears there that the browser's session has ended,
// and tells the page that frames it.
import { followStream } from './sdk.js';

const CHANNEL = 'sso_logout';
const TYPE = 'SSO_LOGOUT';
// Keycloak sets it for scripts; its value changes with the session.
const COOKIE = 'KEYCLOAK_SESSION';

// All realms share the origin, and with it the channel.
const realm = decodeURIComponent(location.pathname.split('/').at(-3));

const { dataset } = document.querySelector('script[data-origins]');
const origins = dataset.origins.split(' ');

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

/** A hash of the session's id; undefined if nobody is signed in or the browser keeps it from frames. */
const sessionCookie = () =>
  document.cookie.split('; ').find((cookie) => cookie.startsWith(`${COOKIE}=`));

let session = sessionCookie();
let stream;
let leave;
let channel;

const announce = (message) => {
  channel?.postMessage({ ...message, type: TYPE, realm });
  tell(message);
};

const connect = async (signal) => {
  const response = await fetch('events', { credentials: 'same-origin', cache: 'no-store', signal });
  // The session that the cookie is of has ended meanwhile; a new cookie begins anew.
  if (response.status === 401) {
    tell({});
    stream?.stop();
  }
  return response;
};

const lead = () => {
  stream = followStream(connect, (name, data) => {
    if (name === 'ended') announce(data);
    return name === 'ended';
  }, () => {});
  return stream.done;
};

/** One frame of the browser holds the stream and tells the others. */
const join = async () => {
  suspend();
  const leaving = (leave = new AbortController());
  channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => data?.type === TYPE && (data.realm ?? realm) === realm && tell(data);
  if (!session) return;
  try {
    // Whoever empties this origin's storage signs out with it.
    localStorage.setItem(CHANNEL, 'signed in');
  } catch {
    // The browser keeps the storage from frames.
  }
  // A browser has six connections for a host at the most, so a page with a stream needs no other.
  if (dataset.stream === 'false') return;
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

globalThis.cookieStore?.addEventListener('change', () => {
  const before = session;
  session = sessionCookie();
  if (session === before) return;
  if (before) tell({});
  if (session) join();
});

addEventListener('pagehide', suspend);
addEventListener('pageshow', ({ persisted }) => persisted && join());
document.addEventListener('freeze', suspend);
document.addEventListener('resume', join);

join();
