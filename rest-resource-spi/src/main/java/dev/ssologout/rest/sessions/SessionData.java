package dev.ssologout.rest.sessions;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import org.keycloak.representations.account.DeviceRepresentation;

/**
 * What Keycloak keeps of a session in one column, as far as anybody is to see it. The rest, its
 * notes, is read for the device alone.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record SessionData(
    String ipAddress, boolean rememberMe, String loginUsername, Map<String, String> notes) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DEVICE_NOTE = "KC_DEVICE_NOTE";
  private static final SessionData NOTHING = new SessionData(null, false, null, Map.of());

  /** What is told of where the user sits; each is {@code null} if it is not known. */
  record Device(String browser, String os, boolean mobile) {
    private static final Device UNKNOWN = new Device(null, null, false);
  }

  static SessionData parse(String json) {
    try {
      SessionData data = json == null ? null : JSON.readValue(json, SessionData.class);
      return data == null ? NOTHING : data;
    } catch (IOException e) {
      // A session that cannot be described is a session all the same.
      return NOTHING;
    }
  }

  /** As Keycloak made it out from the user agent at the sign-in. */
  Device device() {
    String note = notes == null ? null : notes.get(DEVICE_NOTE);
    if (note == null) {
      return Device.UNKNOWN;
    }
    try {
      JsonNode device = JSON.readTree(Base64.getMimeDecoder().decode(note));
      return new Device(
          known(device.path("browser").asText()),
          known(withVersion(device.path("os").asText(), device.path("osVersion").asText())),
          device.path("mobile").asBoolean());
    } catch (IOException | IllegalArgumentException e) {
      return Device.UNKNOWN;
    }
  }

  private static String withVersion(String name, String version) {
    return known(name) == null || known(version) == null ? name : name + " " + version;
  }

  private static String known(String text) {
    return text == null
            || text.isBlank()
            || text.equals("null")
            || text.startsWith("Other")
            || text.startsWith(DeviceRepresentation.UNKNOWN)
        ? null
        : text;
  }
}
