package dev.ssologout.rest.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SessionDataTest {

  @Test
  void readsAddressAndDevice() {
    SessionData data =
        SessionData.parse(
            "{\"ipAddress\":\"192.0.2.7\",\"rememberMe\":true,\"state\":\"LOGGED_IN\",\"notes\":{\"KC_DEVICE_NOTE\":\""
                + base64(
                    "{\"os\":\"Windows\",\"osVersion\":\"10\",\"browser\":\"Firefox/140.0\",\"mobile\":false}")
                + "\"}}");

    assertThat(data.ipAddress()).isEqualTo("192.0.2.7");
    assertThat(data.rememberMe()).isTrue();
    assertThat(data.device())
        .isEqualTo(new SessionData.Device("Firefox/140.0", "Windows 10", false));
  }

  @Test
  void leavesOutWhatIsNotKnown() {
    String unknown =
        "{\"notes\":{\"KC_DEVICE_NOTE\":\""
            + base64("{\"os\":\"Other\",\"osVersion\":\"Unknown\",\"browser\":\"Unknown\"}")
            + "\"}}";

    for (String json :
        new String[] {
          unknown, null, "", "x", "null", "{}", "{\"notes\":{\"KC_DEVICE_NOTE\":\"?\"}}"
        }) {
      assertThat(SessionData.parse(json).device())
          .as(json)
          .isEqualTo(new SessionData.Device(null, null, false));
    }
  }

  private static String base64(String json) {
    return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
