package dev.ssologout.demo.relyingparty;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class RateLimitFilterTest {
  private static final int SIGN_INS = 3;
  private static final int REQUESTS = 5;
  private static final AppSettings SETTINGS =
      new AppSettings(
          "shop",
          "shop-1",
          URI.create("http://id.example/realms/acme"),
          URI.create("http://shop.example"),
          false,
          Map.of(),
          SIGN_INS,
          REQUESTS);

  private final RateLimitFilter filter = new RateLimitFilter(SETTINGS, new AuditLog(SETTINGS));

  private MockHttpServletResponse ask(String path, String address) throws Exception {
    MockHttpServletRequest request = new MockHttpServletRequest("GET", path);
    request.setRemoteAddr(address);
    MockHttpServletResponse response = new MockHttpServletResponse();
    filter.doFilter(request, response, new MockFilterChain());
    return response;
  }

  @Test
  void anAddressMayBeginSoManySignIns() throws Exception {
    for (int i = 0; i < SIGN_INS; i++) {
      assertThat(ask("/auth/login/keycloak", "10.0.0.1").getStatus()).isEqualTo(200);
    }
    MockHttpServletResponse refused = ask("/auth/login/keycloak", "10.0.0.1");
    assertThat(refused.getStatus()).isEqualTo(429);
    assertThat(refused.getContentType()).startsWith("application/problem+json");
    assertThat(refused.getContentAsString()).contains("\"status\":429", "Try again in");
    assertThat(Integer.parseInt(refused.getHeader("Retry-After"))).isBetween(1, 60);
    assertThat(ask("/auth/login/keycloak", "10.0.0.2").getStatus()).isEqualTo(200);
    assertThat(ask("/api/session-status", "10.0.0.1").getStatus()).isEqualTo(200);
  }

  @Test
  void anAddressMayMakeSoManyCalls() throws Exception {
    for (int i = 0; i < REQUESTS; i++) {
      assertThat(ask("/api/user", "10.0.0.1").getStatus()).isEqualTo(200);
    }
    assertThat(ask("/api/user", "10.0.0.1").getStatus()).isEqualTo(429);
  }

  @Test
  void logoutTokensAreNotLimited() throws Exception {
    for (int i = 0; i < 10 * REQUESTS; i++) {
      assertThat(ask("/auth/backchannel-logout", "10.0.0.1").getStatus()).isEqualTo(200);
    }
  }
}
