/**
 * The realm resource {@code logout-broadcaster}: tells open browser tabs that their session has
 * ended.
 *
 * <table>
 *   <caption>Who does what</caption>
 *   <tr><td>{@code LogoutBroadcasterResource}</td><td>what can be called: stream, ticket, frame, SDK</td></tr>
 *   <tr><td>{@code StreamAuthentication}, {@code Tickets}</td><td>whose session a stream is about</td></tr>
 *   <tr><td>{@code LogoutStreams}, {@code LogoutStream}</td><td>the node's open streams, and one of them</td></tr>
 *   <tr><td>{@code SessionCheck}</td><td>asks Keycloak whether the streams' sessions still live</td></tr>
 *   <tr><td>{@code RedisSubscriptions}, {@code ClusterNotices}</td><td>hear of ends on other nodes</td></tr>
 *   <tr><td>{@code StreamMetrics}</td><td>what is counted</td></tr>
 *   <tr><td>{@code BrowserFile}</td><td>the files for browsers</td></tr>
 * </table>
 */
package dev.ssologout.broadcaster;
