/**
 * What people see of a logout: the login theme {@code sso-logout}, and what its pages are told.
 *
 * <table>
 *   <caption>Who does what</caption>
 *   <tr><td>{@code LogoutFormsProvider}</td><td>tells Keycloak's pages which apps a logout is about, and the login page why it is shown</td></tr>
 *   <tr><td>{@code SessionEndedResource}</td><td>the page that apps send people to whose session has ended</td></tr>
 *   <tr><td>{@code BrowserSession}</td><td>the session that the browser has, or had</td></tr>
 *   <tr><td>{@code EndNotice}</td><td>what a person is told of an end</td></tr>
 *   <tr><td>{@code LogoutTheme}</td><td>what the templates and the code have agreed on</td></tr>
 * </table>
 */
package dev.ssologout.themes;
