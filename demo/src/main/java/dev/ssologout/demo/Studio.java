package dev.ssologout.demo;

import com.google.gson.JsonObject;
import dev.ssologout.demo.WebServer.RefusedException;
import java.nio.file.Path;
import java.util.Map;

/** The single-page app: its files, and where it tells that it has heard of an end. */
final class Studio implements AutoCloseable {

  /** Its client in the realm {@link RealmFiles#MAX_PLATFORM}. */
  static final String CLIENT = "maxflowstudio";

  private static final int LONGEST = 200;

  private final Story story;
  private final WebServer server;

  /**
   * @param oidcClient the library of that name for browsers, {@code oidc-client-ts.min.js}
   */
  Studio(Places places, Story story, Path oidcClient) {
    this.story = story;
    String keycloak = places.keycloak().toString();
    this.server =
        new WebServer(
                places.page(Places.STUDIO),
                String.join(
                    "; ",
                    "default-src 'none'",
                    "script-src 'self' " + keycloak,
                    "style-src 'self'",
                    "img-src 'self'",
                    "connect-src 'self' " + keycloak,
                    // The silent sign-in goes to Keycloak and comes back.
                    "frame-src 'self' " + keycloak,
                    "frame-ancestors 'self'",
                    "base-uri 'none'",
                    "form-action 'none'"))
            .sharedFiles()
            .file("/", "/web/studio.html")
            .file("/studio.js", "/web/studio.js")
            .file("/oauth/callback", "/web/callback.html")
            .file("/callback.js", "/web/callback.js")
            .file("/oidc-client-ts.js", oidcClient)
            .get(
                "/config.json",
                nothing ->
                    Map.of(
                        "issuer",
                        places.issuer(RealmFiles.MAX_PLATFORM),
                        "clientId",
                        CLIENT,
                        "links",
                        places.pages()))
            .post("/heard", this::heard)
            .start();
  }

  private Object heard(JsonObject asked) {
    if (!asked.has("sid") || !asked.has("via") || !asked.has("afterMillis")) {
      throw new RefusedException(400, "sid, via and afterMillis are needed");
    }
    String sid = asked.get("sid").getAsString();
    String via = asked.get("via").getAsString();
    if (sid.length() > LONGEST || !via.matches("[a-z]{1,10}")) {
      throw new RefusedException(400, "no sid or via");
    }
    story.heard(
        sid, new Story.Hearing(Places.STUDIO, via, true, asked.get("afterMillis").getAsLong()));
    return null;
  }

  @Override
  public void close() {
    server.close();
  }
}
