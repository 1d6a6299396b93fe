// Runs on the pages of the theme, before they show. No module, so that it hears of every frame.
{
  const CHANNEL = 'sso_logout';
  const TYPE = 'SSO_LOGOUT';
  const { dataset, src } = document.currentScript;

  /** As Keycloak's own pages do it, by a class. */
  const followColorScheme = (darkClass) => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => document.documentElement.classList.toggle(darkClass, dark.matches);
    dark.addEventListener('change', apply);
    apply();
  };

  /** Tells Keycloak's other pages in this browser, the hidden frames in the apps' pages above all. */
  const announce = ({ realm, sid, reason, initiator, time }) => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage({ type: TYPE, realm, sid, reason, initiator, time, timestamp: Date.now() });
    channel.close();
  };

  /** A form that is sent once, as long as its page stays. */
  const sendOnce = (form) => {
    let sent = false;
    form.addEventListener('submit', (event) => {
      if (sent) event.preventDefault();
      sent = true;
      form.querySelector('button').setAttribute('aria-disabled', 'true');
    });
    addEventListener('pageshow', ({ persisted }) => {
      if (!persisted) return;
      sent = false;
      form.querySelector('button').removeAttribute('aria-disabled');
    });
  };

  /** Shows which apps have answered, and goes on once all have or none will. */
  const followApps = (page, loaded) => {
    const texts = page.dataset;
    const apps = [...page.querySelectorAll('[data-state]')];
    const heading = document.getElementById('sso-heading');
    const progress = page.querySelector('progress');
    // Whoever leaves earlier stops the frames.
    const onward = page.querySelector('.sso-actions');
    let over = false;

    const set = (app, state, text) => {
      app.dataset.state = state;
      app.querySelector('.sso-state').textContent = text;
    };
    const finish = () => {
      over = true;
      const late = apps.filter((app) => app.dataset.state === 'waiting');
      late.forEach((app) => set(app, 'late', texts.late));
      document.getElementById('sso-late').hidden = late.length === 0;
      document.title = document.title.replace(heading.textContent, texts.heading);
      heading.textContent = texts.heading;
      document.getElementById('sso-lead').textContent = texts.lead;
      progress.hidden = true;
      onward.hidden = false;
      if (texts.redirect) location.replace(texts.redirect);
    };
    const show = () => {
      apps
        .filter((app) => loaded.has(app.querySelector('iframe')))
        .forEach((app) => set(app, 'done', texts.done));
      const done = apps.filter((app) => app.dataset.state === 'done').length;
      progress.value = done;
      document.getElementById('sso-count').textContent = texts.count
        .replace('{0}', done)
        .replace('{1}', apps.length);
      if (done === apps.length && !over) finish();
    };

    onward.hidden = true;
    setTimeout(() => over || finish(), Number(texts.timeout));
    show();
    return show;
  };

  if (dataset.darkClass) followColorScheme(dataset.darkClass);
  if (dataset.sid) announce(dataset);

  const loaded = new Set();
  let show = () => {};
  // It does not bubble; a frame may be quicker than the rest of the page.
  document.addEventListener(
    'load',
    ({ target }) => {
      if (target.localName !== 'iframe') return;
      loaded.add(target);
      show();
    },
    true,
  );
  document.addEventListener('DOMContentLoaded', () => {
    document.querySelectorAll('form[data-once]').forEach(sendOnce);
    const page = document.getElementById('sso-frontchannel');
    if (page) show = followApps(page, loaded);
  });

  // Where a sign-in goes on behind the page, Keycloak's own script looks after it.
  if (dataset.flow) {
    import(new URL('authChecker.js', src)).then(({ startSessionPolling, checkAuthSession }) => {
      startSessionPolling(dataset.flow);
      if (dataset.authSession) checkAuthSession(dataset.authSession);
    });
  }
}
