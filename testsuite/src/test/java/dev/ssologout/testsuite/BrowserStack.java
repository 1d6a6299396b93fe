package dev.ssologout.testsuite;

import dev.ssologout.launcher.Certificates;
import dev.ssologout.launcher.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A Keycloak for browsers, shared by the classes that need it: {@code http://localhost:<port>} and
 * {@code https://id.acme.localhost:<port>} at once, and beside it the apps.
 */
final class BrowserStack implements AutoCloseable {
  private final Stack stack;
  private final BrowserApps apps;

  private BrowserStack(Stack stack, BrowserApps apps) {
    this.stack = stack;
    this.apps = apps;
  }

  static BrowserStack start() {
    return start(Stack::start);
  }

  /** As {@link #start}, with a Keycloak that keeps its data when it ends. */
  static BrowserStack startOnPostgres() {
    return start(Stack::startOnPostgres);
  }

  /**
   * @param starter starts a stack with these options of Keycloak
   */
  private static BrowserStack start(Function<String[], Stack> starter) {
    Path directory;
    try {
      directory = Files.createTempDirectory("browser-stack");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Certificates certificates = new Certificates(directory).sign("id", "id.acme.localhost");
    int port = FreePort.find();
    Stack stack =
        starter.apply(
            new String[] {
              "--hostname-strict=false",
              "--https-port=" + port,
              "--https-certificate-file=" + certificates.certificate("id"),
              "--https-certificate-key-file=" + certificates.key(),
              // Else it takes the certificate too.
              "--http-management-scheme=http",
              "--spi-realm-restapi-extension--logout-broadcaster--connects-per-minute=100000"
            });
    return new BrowserStack(
        stack,
        new BrowserApps(
            certificates,
            "id",
            stack.keycloak().url(),
            URI.create("https://id.acme.localhost:" + port)));
  }

  Stack stack() {
    return stack;
  }

  BrowserApps apps() {
    return apps;
  }

  /** A realm whose clients are the apps, and nothing else. */
  TestRealm createRealm() {
    return stack.createRealm(apps::register);
  }

  @Override
  public void close() {
    apps.close();
    stack.close();
  }

  /** Gives the shared one to tests, and each a realm of its own. */
  static final class Extension implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(BrowserStack.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      Class<?> type = parameter.getParameter().getType();
      return type == BrowserStack.class || type == TestRealm.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      BrowserStack shared =
          context
              .getRoot()
              .getStore(NAMESPACE)
              .computeIfAbsent(BrowserStack.class, key -> BrowserStack.start(), BrowserStack.class);
      return parameter.getParameter().getType() == BrowserStack.class
          ? shared
          : context
              .getStore(NAMESPACE)
              .computeIfAbsent(TestRealm.class, key -> shared.createRealm(), TestRealm.class);
    }
  }
}
