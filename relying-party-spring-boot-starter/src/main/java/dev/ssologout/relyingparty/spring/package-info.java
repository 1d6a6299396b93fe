/**
 * For Spring Boot apps behind Keycloak: what belongs to an SSO session that has ended, HTTP
 * sessions, WebSocket and SSE connections and access tokens, ends on every instance. It configures
 * itself; see {@link dev.ssologout.relyingparty.spring.SsoLogoutProperties} for what can be told.
 */
package dev.ssologout.relyingparty.spring;
