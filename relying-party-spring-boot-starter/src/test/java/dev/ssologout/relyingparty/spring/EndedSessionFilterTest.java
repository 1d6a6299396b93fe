package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.relyingparty.EndedSessionFilter;
import dev.ssologout.relyingparty.EndedSessions;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;

/** The library's filter in a servlet container without Spring. */
class EndedSessionFilterTest {

  @TempDir private Path directory;

  @Test
  void refusesTheTokenOfAnEndedSessionAndLetsAllElsePass() throws Exception {
    Identity identity = Identity.shared();
    String realm = identity.createRealm("");
    JsonObject tokens = identity.passwordGrant(realm, "alice");
    String token = tokens.get("access_token").getAsString();
    try (RedisClient redis = RedisClient.create(identity.redis().uri());
        EndedSessions sessions =
            EndedSessions.builder().redis(redis).issuer(identity.issuer(realm)).start()) {
      Tomcat tomcat = tomcat(new EndedSessionFilter(sessions));
      try {
        int port = tomcat.getConnector().getLocalPort();
        redis.set(
            new LogoutNames(LogoutNames.DEFAULT_PREFIX)
                .ended(realm, tokens.get("session_state").getAsString()),
            Long.toString(Instant.now().getEpochSecond()));
        assertThat(call(port, "Bearer " + token).statusCode()).isEqualTo(401);
        HttpResponse<String> refused = call(port, "dpop " + token);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate").orElseThrow())
            .isEqualTo(
                "Bearer error=\"invalid_token\", error_description=\"The session has ended\"");
        assertThat(refused.body()).doesNotContain(token);
        String others = identity.passwordGrant(realm, "bob").get("access_token").getAsString();
        for (String passes :
            new String[] {"Bearer " + others, "Bearer x", "Bearer x.y.z", "Basic x"}) {
          assertThat(call(port, passes).statusCode()).as(passes).isEqualTo(200);
        }
      } finally {
        tomcat.stop();
        tomcat.destroy();
      }
    }
  }

  private Tomcat tomcat(EndedSessionFilter filter) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(directory.toString());
    tomcat.setPort(0);
    Context context = tomcat.addContext("", directory.toString());
    FilterDef definition = new FilterDef();
    definition.setFilterName("ended");
    definition.setFilter(filter);
    context.addFilterDef(definition);
    FilterMap map = new FilterMap();
    map.setFilterName("ended");
    map.addURLPattern("/*");
    context.addFilterMap(map);
    Tomcat.addServlet(
        context,
        "orders",
        new HttpServlet() {
          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(200);
          }
        });
    context.addServletMappingDecoded("/*", "orders");
    tomcat.start();
    return tomcat;
  }

  private static HttpResponse<String> call(int port, String authorization) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .header("Authorization", authorization)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
