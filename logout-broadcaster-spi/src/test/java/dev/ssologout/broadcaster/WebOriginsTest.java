package dev.ssologout.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebOriginsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://shop.example",
        "http://localhost:3000",
        "https://a_b-c.example:65535",
        "http://[::1]:8080"
      })
  void takesOrigins(String text) {
    assertThat(WebOrigins.isOrigin(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "+",
        "",
        "null",
        "https://*.example",
        "https://shop.example/",
        "https://shop.example; script-src *",
        "https://shop.example *",
        "https://shop.example\r\nX-Evil: 1",
        "https://user@shop.example",
        "https://shop.example\"><script>",
        "javascript:alert(1)",
        "data:text/html,x"
      })
  void takesNothingElse(String text) {
    assertThat(WebOrigins.isOrigin(text)).isFalse();
  }
}
