package dev.ssologout.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogoutNamesTest {
  private final LogoutNames names = new LogoutNames(LogoutNames.DEFAULT_PREFIX);

  @Test
  void areThoseOfTheContract() {
    assertThat(names.realm("acme")).isEqualTo("sso-logout:{acme}");
    assertThat(names.client("acme", "shop")).isEqualTo("sso-logout:{acme}:client:shop");
    assertThat(names.ended("acme", "s1")).isEqualTo("sso-logout:{acme}:ended:s1");
  }

  @Test
  void keepTheHashTagWhateverTheRealmIsCalled() {
    assertThat(names.realm("}a{b%")).isEqualTo("sso-logout:{%7Da%7Bb%25}");
    assertThat(names.realm("%7Da")).isNotEqualTo(names.realm("}a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a{b", ":a", "a\nb"})
  void refuseAPrefixThatWouldBreakThem(String prefix) {
    assertThatIllegalArgumentException().isThrownBy(() -> new LogoutNames(prefix));
  }
}
