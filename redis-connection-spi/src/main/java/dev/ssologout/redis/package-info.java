/**
 * The Keycloak SPI {@code redis-connection}: one pooled Redis client per node, configured once and
 * shared by every extension of the bundle.
 */
package dev.ssologout.redis;
