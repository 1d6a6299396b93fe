package dev.ssologout.rest.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** docs/rest-api.md says what the OpenAPI document says. */
class RestApiPageTest {

  @Test
  void isWhatTheOpenApiDocumentMakesIt() throws IOException {
    assertThat(Files.readString(RestApiPage.FILE))
        .as("run RestApiPage.main to write the page anew")
        .isEqualTo(RestApiPage.text());
  }
}
