/**
 * Starts the real Keycloak, the real Redis and the real PostgreSQL, and programs of our own, in
 * processes of their own, for the demo, the test suite and the benchmarks.
 *
 * <pre>{@code
 * try (RedisServer redis = RedisServer.builder().start()) {
 *   KeycloakInstallation installation =
 *       KeycloakInstallation.in(Path.of("target/keycloak")).providers(bundleJar).prepare();
 *   try (KeycloakServer keycloak =
 *       KeycloakServer.of(installation)
 *           .options("--spi-redis-connection--jedis--uri=" + redis.uri())
 *           .realms(realmFile)
 *           .start()) {
 *     ... keycloak.url() ...
 *   }
 * }
 * }</pre>
 *
 * <p>Everything listens on the loopback address only. What goes wrong is a {@link
 * dev.ssologout.launcher.LaunchException} whose message says what and shows the end of the server's
 * log. Servers that still run when the JVM ends are ended with it, also when it gets a signal; when
 * it is killed with {@code -9}, a small shell process ends them. Linux and macOS.
 */
package dev.ssologout.launcher;
