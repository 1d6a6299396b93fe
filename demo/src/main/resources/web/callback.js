// In the popup, and in the hidden frame of a silent sign-in: hands the answer to the page, which
// checks its state and exchanges its code.

const { UserManager } = globalThis.oidc;
const { issuer, clientId } = await (await fetch('/config.json')).json();
const manager = new UserManager({ authority: issuer, client_id: clientId, redirect_uri: location.origin + location.pathname });

if (window.opener) await manager.signinPopupCallback();
else await manager.signinSilentCallback();
