import { setUpTexts, t } from './texts.js';

const status = await (await fetch('/api/session-status')).json();
document.documentElement.dataset.app = status.app;
document.querySelector('[data-slot=app]').textContent = t(`app.${status.app}`);
setUpTexts(() => { document.title = `${t('signedOut')} – ${t(`app.${status.app}`)}`; });

// Other tabs of the app ask Keycloak at once whether their session has ended.
const { announceSSOLogout } = await import(`${status.issuer}/logout-broadcaster/sdk.js`);
announceSSOLogout({ issuer: status.issuer });
