package dev.ssologout.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;

/** Nothing that an event holds, or lacks, gets out of the listener. */
class RedisLogoutEventListenerProviderTest {
  private final SessionEndCapture capture = new SessionEndCapture(captured -> {});
  private final RedisLogoutEventListenerProvider listener =
      new RedisLogoutEventListenerProvider(null, capture);

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {"sessions", "sessions/", "sessions/a/b", "/sessions/a", "x", "users//logout"})
  void isSilentAboutAnAdminEventWithAMalformedPath(String path) {
    AdminEvent event = adminEvent(OperationType.DELETE, ResourceType.USER_SESSION, path);

    assertThatCode(() -> listener.onEvent(event, false)).doesNotThrowAnyException();

    assertThat(capture.causes().find("realm", "a", "a")).isNull();
  }

  @Test
  void tellsTheCauseOfAWellFormedOne() {
    listener.onEvent(
        adminEvent(OperationType.DELETE, ResourceType.USER_SESSION, "sessions/a"), false);

    assertThat(capture.causes().find("realm", "a", "u")).isEqualTo(Cause.ADMIN_LOGOUT);
  }

  @Test
  void survivesEventsWithNothingInThem() {
    assertThatCode(
            () -> {
              listener.onEvent(new AdminEvent(), true);
              for (EventType type : EventType.values()) {
                Event event = new Event();
                event.setType(type);
                listener.onEvent(event);
                // Without a Keycloak behind it, a session id leads into an error of ours.
                event.setSessionId("sid");
                listener.onEvent(event);
              }
            })
        .doesNotThrowAnyException();
  }

  private static AdminEvent adminEvent(OperationType operation, ResourceType type, String path) {
    AdminEvent event = new AdminEvent();
    event.setRealmId("realm");
    event.setOperationType(operation);
    event.setResourceType(type);
    event.setResourcePath(path);
    return event;
  }
}
