/**
 * What {@code bin/demo} runs: starts Redis and Keycloak with the bundle, and shows every message
 * about an ended session as it arrives. {@link dev.ssologout.demo.Demo} is where to begin.
 */
package dev.ssologout.demo;
