package dev.ssologout.rest.sessions;

import java.util.Arrays;
import java.util.List;

/**
 * In which order sessions come. By their start, which does not change, pages neither repeat nor
 * miss a session; by last access, one that is used meanwhile moves.
 */
enum SessionOrder {
  STARTED("started", "createdOn", true),
  STARTED_LATEST_FIRST("-started", "createdOn", false),
  LAST_ACCESS("lastAccess", "lastSessionRefresh", true),
  LAST_ACCESS_LATEST_FIRST("-lastAccess", "lastSessionRefresh", false);

  private final String wireName;
  private final String attribute;
  private final boolean ascending;

  SessionOrder(String wireName, String attribute, boolean ascending) {
    this.wireName = wireName;
    this.attribute = attribute;
    this.ascending = ascending;
  }

  static List<String> wireNames() {
    return Arrays.stream(values()).map(SessionOrder::wireName).toList();
  }

  static SessionOrder of(String wireName) {
    return Arrays.stream(values())
        .filter(order -> order.wireName.equals(wireName))
        .findFirst()
        .orElseThrow();
  }

  String wireName() {
    return wireName;
  }

  /** Of Keycloak's entity. */
  String attribute() {
    return attribute;
  }

  boolean ascending() {
    return ascending;
  }

  boolean byStart() {
    return this == STARTED || this == STARTED_LATEST_FIRST;
  }
}
