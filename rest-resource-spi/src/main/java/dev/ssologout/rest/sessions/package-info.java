/**
 * The REST resources {@code sso-sessions}: see and end SSO sessions, as the user or as an
 * administrator, and the page on which users do it.
 *
 * <table>
 *   <caption>Who does what</caption>
 *   <tr><td>{@code UserSessionsResource}</td><td>{@code /realms/{realm}/sso-sessions}</td></tr>
 *   <tr><td>{@code AdminSessionsResource}</td><td>{@code /admin/realms/{realm}/sso-sessions}</td></tr>
 *   <tr><td>{@code SessionFilter}, {@code SessionOrder}, {@code Cursor}</td><td>what is asked for</td></tr>
 *   <tr><td>{@code SessionSearch}</td><td>reads stored sessions, a bounded number of rows at a time</td></tr>
 *   <tr><td>{@code SessionViews}, {@code SessionView}</td><td>what callers see of a session</td></tr>
 *   <tr><td>{@code SessionEnding}</td><td>ends sessions in Keycloak's own way</td></tr>
 *   <tr><td>{@code SessionsPage}</td><td>the page for people</td></tr>
 * </table>
 */
package dev.ssologout.rest.sessions;
