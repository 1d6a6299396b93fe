/**
 * An app on Spring Boot whose users are signed in by Keycloak: what a team would write, with the
 * starter among its dependencies. {@link dev.ssologout.demo.relyingparty.RelyingParty} is where to
 * begin.
 */
package dev.ssologout.demo.relyingparty;
