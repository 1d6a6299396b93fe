/**
 * What the REST resources of the bundle have in common, so that they answer, refuse and limit in
 * one way.
 *
 * <table>
 *   <caption>Who does what</caption>
 *   <tr><td>{@code ProblemException}, {@code ProblemType}</td><td>errors as RFC 9457 has them</td></tr>
 *   <tr><td>{@code SecurityHeaders}</td><td>headers of every answer, in place of Keycloak's</td></tr>
 *   <tr><td>{@code Caller}</td><td>who calls, by access token or identity cookie</td></tr>
 *   <tr><td>{@code CrossOrigin}</td><td>CORS for the client's origins; no changes across origins by cookie</td></tr>
 *   <tr><td>{@code QueryParameters}, {@code RequestBody}</td><td>strict reading of what was sent</td></tr>
 *   <tr><td>{@code RateLimiter}, {@code ClientAddress}</td><td>limits that the nodes share through Redis</td></tr>
 *   <tr><td>{@code RedisNames}</td><td>the names in Redis, as the listener is configured</td></tr>
 * </table>
 */
package dev.ssologout.rest;
