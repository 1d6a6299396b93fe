package dev.ssologout.rest.sessions;

import dev.ssologout.rest.Caller;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.SecurityHeaders;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keycloak.common.util.Encode;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.urls.UrlType;

/**
 * The page on which people see where they are signed in. It is for the user of the identity cookie;
 * without one it says where to sign in, and sends nobody anywhere by itself.
 */
final class SessionsPage {
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri"
          + " 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for"
          + " 'script'";
  private static final String HTML = "text/html;charset=utf-8";
  private static final String REVALIDATE = "no-cache";
  private static final List<Locale> LOCALES = List.of(Locale.ENGLISH, Locale.KOREAN);
  private static final Map<Locale, Properties> MESSAGES = messages();
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([A-Za-z]+)}}");

  private final KeycloakSession session;
  private final RealmModel realm;

  SessionsPage(KeycloakSession session) {
    this.session = session;
    this.realm = session.getContext().getRealm();
  }

  Response page() {
    SecurityHeaders.set(session, CONTENT_SECURITY_POLICY, SecurityHeaders.NO_STORE);
    Optional<Caller> caller = Caller.byIdentityCookie(session);
    UserModel user = caller.map(Caller::user).orElse(null);
    Response.ResponseBuilder response =
        user == null
            ? Response.status(Response.Status.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer")
                .entity(render(StaticFile.SIGNED_OUT, null))
            : Response.ok(render(StaticFile.PAGE, user));
    return response.type(HTML).header(HttpHeaders.VARY, "Accept-Language, Cookie").build();
  }

  /** What the page loads. */
  Response file(String name, String ifNoneMatch) {
    StaticFile file =
        StaticFile.ofPage(name)
            .orElseThrow(() -> new ProblemException(ProblemType.NOT_FOUND, "No such file"));
    SecurityHeaders.set(session, SecurityHeaders.NO_PAGE, REVALIDATE);
    return serve(file, ifNoneMatch);
  }

  static Response serve(StaticFile file, String ifNoneMatch) {
    Response.ResponseBuilder response =
        file.etag().equals(ifNoneMatch)
            ? Response.notModified()
            : Response.ok(file.text()).type(file.mediaType());
    return response.header(HttpHeaders.ETAG, file.etag()).build();
  }

  private String render(StaticFile template, UserModel user) {
    Locale locale = locale(user);
    // Without scheme and host, so that it is of this page's origin by whatever name that goes.
    String realmPath =
        session.getContext().getUri(UrlType.FRONTEND).getBaseUri().getPath()
            + "realms/"
            + Encode.encodePathSegmentAsIs(realm.getName());
    Map<String, String> values = new HashMap<>();
    MESSAGES.get(locale).forEach((key, text) -> values.put((String) key, (String) text));
    values.put("lang", locale.getLanguage());
    values.put(
        "realm",
        realm.getDisplayName() == null || realm.getDisplayName().isBlank()
            ? realm.getName()
            : realm.getDisplayName());
    values.put("username", user == null ? "" : user.getUsername());
    values.put("base", realmPath + "/" + SsoSessionsResourceProviderFactory.ID);
    values.put("stream", realmPath + "/logout-broadcaster/events?scope=user");
    values.put("account", realmPath + "/account/");
    return PLACEHOLDER
        .matcher(template.text())
        .replaceAll(match -> Matcher.quoteReplacement(escape(values.get(match.group(1)))));
  }

  /**
   * As Keycloak chooses it, by the user's locale, cookies and the browser; where the realm has only
   * the one language that Keycloak then speaks, by the browser alone.
   */
  private Locale locale(UserModel user) {
    List<Locale> wished =
        realm.isInternationalizationEnabled()
            ? List.of(session.getContext().resolveLocale(user))
            : session.getContext().getHttpRequest().getHttpHeaders().getAcceptableLanguages();
    return wished.stream()
        .flatMap(
            wish -> LOCALES.stream().filter(own -> own.getLanguage().equals(wish.getLanguage())))
        .findFirst()
        .orElse(Locale.ENGLISH);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static Map<Locale, Properties> messages() {
    Map<Locale, Properties> messages = new HashMap<>();
    for (Locale locale : LOCALES) {
      Properties properties = new Properties();
      String name = "messages_" + locale.getLanguage() + ".properties";
      try (Reader reader =
          new InputStreamReader(
              SessionsPage.class.getResourceAsStream(name), StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      messages.put(locale, properties);
    }
    return Map.copyOf(messages);
  }
}
