// The list of the user's sessions. What is shown of a session is set as text, never as markup.

const base = document.body.dataset.base;
const texts = document.getElementById('texts').dataset;
const list = document.getElementById('sessions');
const template = document.getElementById('row');
const notice = document.getElementById('notice');
const more = document.getElementById('more');
const endOthers = document.getElementById('end-others');
const confirmation = document.getElementById('confirm');

const PAGE = 20;
const CHECK_WITHOUT_STREAM = 3000;
const CHECK_WITH_STREAM = 60000;

const times = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: 'medium',
  timeStyle: 'short',
});

/** The rows by the keys of their sessions. */
const rows = new Map();
let next;
let streaming = false;
let signedOut = false;
let loading;

const keyOf = (session) => `${session.offline ? 'offline' : 'online'} ${session.sid}`;

const fill = (text, ...values) => text.replace(/\{(\d)\}/g, (_, i) => values[i]);

function tell(text) {
  notice.textContent = text;
  notice.hidden = false;
}

function deviceOf(session) {
  if (session.browser && session.os) {
    return fill(texts.device, session.browser.replace('/', ' '), session.os);
  }
  return session.browser?.replace('/', ' ') ?? session.os ?? texts.unknownDevice;
}

function show(row, session) {
  const fact = (name) => row.querySelector(`[data-fact="${name}"]`);
  const device = deviceOf(session);
  row.querySelector('.device').textContent = device;
  row.querySelector('.current').hidden = !session.current;
  row.querySelector('.offline').hidden = !session.offline;
  fact('ipAddress').textContent = session.ipAddress ?? '–';
  for (const name of ['started', 'lastAccess', 'expires']) {
    fact(name).textContent = times.format(new Date(session[name]));
  }
  fact('apps').replaceChildren(
    ...session.clients.flatMap((client, index) => {
      const name = client.name ?? client.clientId;
      const app = document.createElement(client.url ? 'a' : 'span');
      app.textContent = name;
      if (client.url) {
        app.href = client.url;
        app.rel = 'noreferrer';
      }
      return index === 0 ? [app] : [', ', app];
    }),
  );
  fact('apps').parentElement.hidden = session.clients.length === 0;
  row.querySelector('.end').setAttribute('aria-label', fill(texts.endNamed, device));
}

function rowOf(session) {
  const key = keyOf(session);
  let entry = rows.get(key);
  if (!entry) {
    const row = template.content.firstElementChild.cloneNode(true);
    entry = { row, session };
    row.querySelector('.end').addEventListener('click', () => end(rows.get(key).session));
    rows.set(key, entry);
  }
  entry.session = session;
  show(entry.row, session);
  return entry.row;
}

function remove(key) {
  const { row } = rows.get(key);
  const focused = row.contains(document.activeElement);
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  rows.delete(key);
  if (focused) {
    (neighbour?.querySelector('.end') ?? document.getElementById('title')).focus();
  }
  showEndOthers();
}

function showEndOthers() {
  const others = [...rows.values()].some(({ session }) => !session.current) || next !== undefined;
  endOthers.hidden = signedOut || !others;
}

function leave() {
  signedOut = true;
  next = undefined;
  more.hidden = true;
  [...rows.keys()].forEach(remove);
  tell(texts.signedOut);
  document.getElementById('title').focus();
}

async function call(method, path) {
  const response = await fetch(base + path, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { Accept: 'application/json' },
  });
  if (response.status === 401) {
    leave();
    return null;
  }
  if (response.status === 403) {
    tell(texts.forbidden);
    return null;
  }
  if (response.status === 429) {
    tell(fill(texts.busy, response.headers.get('Retry-After')));
    return null;
  }
  if (response.status === 404) {
    return {};
  }
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status}`);
  }
  return response.json();
}

async function page(cursor) {
  const query = new URLSearchParams({ max: PAGE, sort: '-started' });
  if (cursor) {
    query.set('cursor', cursor);
  }
  return call('GET', `?${query}`);
}

/** Makes the list what it now is, as far as it was shown. */
async function reload() {
  const found = [];
  let cursor;
  do {
    const answer = await page(cursor);
    if (!answer) {
      return;
    }
    found.push(...answer.sessions);
    cursor = answer.next;
  } while (cursor && found.length < rows.size);
  next = cursor;
  more.hidden = !next;
  const keys = new Set(found.map(keyOf));
  [...rows.keys()].filter((key) => !keys.has(key)).forEach(remove);
  found.forEach((session, index) => {
    const row = rowOf(session);
    if (list.children[index] !== row) {
      list.insertBefore(row, list.children[index] ?? null);
    }
  });
  showEndOthers();
}

/** One at a time: what asks meanwhile gets the answer after. */
function check() {
  if (signedOut) {
    return Promise.resolve();
  }
  const run = (loading ?? Promise.resolve())
    .then(() => (signedOut ? undefined : reload()))
    .catch(() => tell(texts.failed))
    .finally(() => {
      if (loading === run) {
        loading = undefined;
      }
    });
  loading = run;
  return run;
}

/** A button that is disabled would lose the focus; this one only does nothing more meanwhile. */
async function busy(button, work) {
  if (button.hasAttribute('aria-disabled')) {
    return;
  }
  button.setAttribute('aria-disabled', 'true');
  try {
    await work();
  } catch {
    tell(texts.failed);
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

function end(session) {
  const { row } = rows.get(keyOf(session));
  return busy(row.querySelector('.end'), async () => {
    if (!(await call('DELETE', `/${encodeURIComponent(session.sid)}`))) {
      return;
    }
    if (session.current) {
      leave();
      return;
    }
    tell(fill(texts.ended, deviceOf(session)));
    for (const offline of [false, true]) {
      const key = keyOf({ ...session, offline });
      if (rows.has(key)) {
        remove(key);
      }
    }
  });
}

async function endAllOthers() {
  let answer;
  do {
    answer = await call('DELETE', '');
  } while (answer && !answer.complete);
  if (answer) {
    await check();
    // Not before, as the stream tells of rows that are still there.
    tell(texts.endedOthers);
    document.getElementById('title').focus();
  }
}

/** A session has ended, here or elsewhere. */
function ended({ sid, offline }) {
  const key = keyOf({ sid, offline });
  const entry = rows.get(key);
  if (!entry) {
    return;
  }
  if (entry.session.current) {
    leave();
  } else {
    remove(key);
    tell(fill(texts.endedElsewhere, deviceOf(entry.session)));
  }
}

/** By the stream of the broadcaster; without it the list is asked for more often. */
function listen() {
  const stream = new EventSource(document.body.dataset.stream);
  stream.addEventListener('ready', () => {
    streaming = true;
    check();
  });
  stream.addEventListener('ended', (event) => ended(JSON.parse(event.data)));
  stream.addEventListener('error', () => {
    streaming = false;
    if (signedOut) {
      stream.close();
    }
  });
}

function checkAgain() {
  setTimeout(
    async () => {
      if (document.visibilityState === 'visible') {
        await check();
      }
      if (!signedOut) {
        checkAgain();
      }
    },
    streaming ? CHECK_WITH_STREAM : CHECK_WITHOUT_STREAM,
  );
}

more.addEventListener('click', () =>
  busy(more, async () => {
    const answer = await page(next);
    if (answer) {
      answer.sessions.forEach((session) => list.append(rowOf(session)));
      next = answer.next;
      more.hidden = !next;
    }
  }),
);
endOthers.addEventListener('click', () => confirmation.showModal());
document.getElementById('confirm-no').addEventListener('click', () => confirmation.close());
document.getElementById('confirm-yes').addEventListener('click', () => {
  confirmation.close();
  busy(endOthers, endAllOthers);
});
for (const event of ['visibilitychange', 'pageshow', 'online']) {
  (event === 'visibilitychange' ? document : window).addEventListener(event, () => {
    if (document.visibilityState === 'visible') {
      check();
    }
  });
}

await check();
if (!signedOut) {
  listen();
  checkAgain();
}
