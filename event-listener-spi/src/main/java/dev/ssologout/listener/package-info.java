/**
 * The event listener {@code redis-logout}: captures every end of an SSO session in the transaction
 * that ends it, and relays it to Redis after the commit.
 *
 * <table>
 *   <caption>Who does what</caption>
 *   <tr><td>{@code RedisLogoutEventListenerProvider}</td><td>hears Keycloak's events and tells the cause</td></tr>
 *   <tr><td>{@code CapturingUserSessionPersisterProvider}</td><td>sees session rows being deleted</td></tr>
 *   <tr><td>{@code SessionEndCapture}</td><td>the rules of capture; turns an ended session into a message</td></tr>
 *   <tr><td>{@code Outbox}</td><td>Keycloak's OUTBOX_ENTRY table</td></tr>
 *   <tr><td>{@code Relay}</td><td>the node's thread from the outbox to Redis</td></tr>
 *   <tr><td>{@code Delivery}</td><td>one batch, in one transaction; refused messages, dead letters</td></tr>
 *   <tr><td>{@code LogoutTokens}</td><td>what each client reads, signed</td></tr>
 *   <tr><td>{@code RedisPublisher}</td><td>one batch to Redis: a pipeline of atomic scripts</td></tr>
 *   <tr><td>{@code Outage}</td><td>what the log says while messages cannot leave</td></tr>
 *   <tr><td>{@code LogoutMetrics}, {@code DeliveryHealthCheck}</td><td>what an operator sees</td></tr>
 *   <tr><td>{@code DeliveryResource}, {@code Replay}</td><td>what an administrator sees and can do</td></tr>
 * </table>
 */
package dev.ssologout.listener;
