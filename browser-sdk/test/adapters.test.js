import assert from 'node:assert/strict';
import { test } from 'node:test';

// What the two libraries ask of a browser, and what they ask of Keycloak.
globalThis.window = globalThis;
globalThis.location = new URL('https://shop.example/');
Promise.withResolvers ??= () => {
  const resolvers = {};
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return resolvers;
};
globalThis.fetch = async () => Response.json({ access_token: token, refresh_token: token });

const { default: Keycloak } = await import('keycloak-js');
const { InMemoryWebStorage, User, UserManager, WebStorageStateStore } = await import('oidc-client-ts');
const { fromKeycloak, fromUserManager } = await import('../sso-logout.js');

const encode = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url');
const token = `${encode({ alg: 'none' })}.${encode({ sid: 's1', exp: 2e9, iat: 1 })}.`;

test('takes from keycloak-js what the listener needs', async () => {
  const keycloak = new Keycloak({ url: 'https://id.example/', realm: 'acme', clientId: 'shop' });
  await keycloak.init({ token, refreshToken: token, timeSkew: 0, checkLoginIframe: false });

  const options = fromKeycloak(keycloak);

  assert.equal(options.issuer, 'https://id.example/realms/acme');
  assert.equal(options.clientId, 'shop');
  assert.equal(options.sid, 's1');
  assert.equal(await options.getToken({ refresh: false }), token);
  options.onLogout();
  assert.equal(keycloak.token, undefined);
});

test('takes from oidc-client-ts what the listener needs', async () => {
  const userManager = new UserManager({
    authority: 'https://id.example/realms/acme',
    client_id: 'shop',
    redirect_uri: 'https://shop.example/',
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  await userManager.storeUser(
    new User({ access_token: token, token_type: 'Bearer', profile: { sub: 'alice', sid: 's1' } }),
  );

  const options = fromUserManager(userManager);

  assert.equal(options.issuer, 'https://id.example/realms/acme');
  assert.equal(options.clientId, 'shop');
  assert.equal(await options.getToken({ refresh: false }), token);
  await options.onLogout();
  assert.equal(await userManager.getUser(), null);
});
