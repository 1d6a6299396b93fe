package dev.ssologout.demo;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;

/**
 * Where browsers find each part of the demo, no slash at the end: Keycloak, the hub, the apps
 * {@code shop}, {@code blog} and {@code wiki}, the single-page app {@code studio}, and the control
 * page.
 */
record Places(URI keycloak, Map<String, URI> pages) {

  static final String HUB = "hub";
  static final String SHOP = "shop";
  static final String STUDIO = "studio";
  static final String CONTROL = "control";

  /** Those that Spring Boot serves. */
  static final List<String> RELYING_PARTIES = List.of(HUB, SHOP, "blog", "wiki");

  /** How far each port is from the hub's. */
  private static final Map<String, Integer> OFFSETS =
      Map.of(HUB, 0, SHOP, 1, "blog", 2, "wiki", 3, STUDIO, 5, CONTROL, 9);

  /** In the order that they are shown in. */
  private static final List<String> NAMES = List.of(HUB, SHOP, "blog", "wiki", STUDIO, CONTROL);

  /**
   * @param appsPort the hub's port, from which the others' are counted
   * @param studio whether there is a Studio
   * @param names whether each is a site of its own, {@code <name>.localhost}
   */
  static Places of(int keycloakPort, int appsPort, boolean studio, boolean names) {
    return of(keycloakPort, name -> appsPort + OFFSETS.get(name), studio, names);
  }

  /** Each on a port of its own choice. */
  static Places of(int keycloakPort, IntSupplier ports, boolean studio, boolean names) {
    return of(keycloakPort, name -> ports.getAsInt(), studio, names);
  }

  private static Places of(
      int keycloakPort, ToIntFunction<String> ports, boolean studio, boolean names) {
    Map<String, URI> pages = new LinkedHashMap<>();
    for (String name : NAMES) {
      if (studio || !name.equals(STUDIO)) {
        pages.put(name, place(name, ports.applyAsInt(name), names));
      }
    }
    return new Places(place("id", keycloakPort, names), pages);
  }

  private static URI place(String name, int port, boolean names) {
    // The control page is for the person at this machine, and no part of the story.
    String host = names && !name.equals(CONTROL) ? name + ".localhost" : "localhost";
    return URI.create("http://" + host + ":" + port);
  }

  boolean hasStudio() {
    return pages.containsKey(STUDIO);
  }

  URI page(String name) {
    return pages.get(name);
  }

  String issuer(String realm) {
    return keycloak + "/realms/" + realm;
  }

  /** Whether a person's browser is led by names. */
  boolean byNames() {
    return !keycloak.getHost().equals("localhost");
  }

  /** All names, for a file of hosts. */
  List<String> hosts() {
    List<String> hosts = new ArrayList<>(List.of("localhost", keycloak.getHost()));
    pages.values().forEach(page -> hosts.add(page.getHost()));
    return hosts.stream().distinct().toList();
  }
}
