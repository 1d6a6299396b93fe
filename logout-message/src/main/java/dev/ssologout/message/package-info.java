/**
 * The wire contract, version 1: what a message about an ended session holds ({@link
 * dev.ssologout.message.SessionEnded}), how it is written ({@link
 * dev.ssologout.message.SessionEndedCodec}) and under which names it travels through Redis ({@link
 * dev.ssologout.message.LogoutNames}).
 *
 * <p>Used by the Keycloak extensions that send and by the libraries that receive, so that neither
 * side can drift.
 */
package dev.ssologout.message;
