/**
 * For the server side of an app: hear of ended SSO sessions ({@link
 * dev.ssologout.relyingparty.LogoutSubscription}) and refuse access tokens of sessions that are
 * over ({@link dev.ssologout.relyingparty.EndedSessions}).
 */
package dev.ssologout.relyingparty;
