package dev.ssologout.relyingparty.spring;

import dev.ssologout.launcher.FreePort;
import dev.ssologout.relyingparty.spring.sample.SampleApplication;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** One instance of the sample app on a port of its own. */
final class Instance implements AutoCloseable {
  private static final List<String> NO_JDBC =
      List.of(
          "org.springframework.boot.session.jdbc.autoconfigure.JdbcSessionAutoConfiguration",
          "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration");

  /** Where the HTTP sessions are. */
  enum Store {
    MEMORY,
    JDBC,
    REDIS
  }

  private final int port = FreePort.find();
  private final String realm;
  private final Store store;
  private final Map<String, String> properties = new LinkedHashMap<>();
  private ConfigurableApplicationContext context;

  /**
   * @param more properties, names and values in turn
   */
  Instance(String realm, Store store, String... more) {
    this.realm = realm;
    this.store = store;
    Identity identity = Identity.shared();
    String client = "spring.security.oauth2.client.";
    set("server.port", Integer.toString(port));
    set("server.address", "127.0.0.1");
    // Cookies do not tell ports apart; sessions in memory are each instance's own.
    set("server.servlet.session.cookie.name", store == Store.MEMORY ? "S" + port : "SESSION");
    set(client + "registration.keycloak.client-id", "shop");
    set(client + "registration.keycloak.client-secret", "shop-secret");
    set(client + "registration.keycloak.scope", "openid");
    set(client + "provider.keycloak.issuer-uri", identity.issuer(realm));
    set(
        "spring.data.redis.url",
        (store == Store.REDIS ? identity.redis().uri() : identity.redis().uri("shop-app", "secret"))
            .toString());
    set("sso-logout.redis.username", "shop");
    set("sso-logout.redis.password", "secret");
    set("management.endpoint.health.show-details", "always");
    set("management.health.redis.enabled", "false");
    set("management.endpoints.web.exposure.include", "health,metrics");
    switch (store) {
      case MEMORY -> set("spring.autoconfigure.exclude", String.join(",", NO_JDBC));
      case REDIS -> {
        set("spring.autoconfigure.exclude", String.join(",", NO_JDBC));
        set("sample.redis-sessions", "true");
      }
      case JDBC -> {
        set("spring.datasource.url", "jdbc:h2:mem:" + realm + ";DB_CLOSE_DELAY=-1");
        set("spring.session.jdbc.initialize-schema", "always");
      }
    }
    for (int i = 0; i < more.length; i += 2) {
      set(more[i], more[i + 1]);
    }
  }

  private void set(String name, String value) {
    properties.put(name, value);
  }

  Instance start() {
    List<String> arguments = new ArrayList<>();
    properties.forEach((name, value) -> arguments.add("--" + name + "=" + value));
    context =
        new SpringApplicationBuilder(SampleApplication.class)
            .bannerMode(Banner.Mode.OFF)
            .run(arguments.toArray(String[]::new));
    return this;
  }

  void stop() {
    context.close();
  }

  /** Where Spring Security takes the logout tokens with which Keycloak calls. */
  URI backChannelLogout() {
    return uri("/logout/connect/back-channel/keycloak");
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  Store store() {
    return store;
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  @Override
  public void close() {
    if (context != null) {
      context.close();
    }
  }
}
