/** Keycloak's own drainer with the listener's sender. */
package dev.ssologout.listener;
