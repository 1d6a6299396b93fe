package dev.ssologout.themes;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keycloak.common.util.Encode;
import org.keycloak.models.ClientModel;
import org.keycloak.models.Constants;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.theme.Theme;
import org.keycloak.urls.UrlType;

/**
 * What the templates and the code have agreed on. The templates do without all of it, where other
 * login forms have taken the place of {@link LogoutFormsProvider}.
 */
final class LogoutTheme {
  /** The attribute of all that the code tells the templates; a map. */
  static final String ATTRIBUTE = "sso";

  static final String SESSION_ENDED_TEMPLATE = "session-ended.ftl";

  // In theme.properties, which themes that are built on ours inherit.
  private static final String PROPERTY = "ssoLogout";

  private LogoutTheme() {}

  /** Whether the realm's login theme is ours, or one that is built on it. */
  static boolean isOn(KeycloakSession session) {
    try {
      return Boolean.parseBoolean(
          session.theme().getTheme(Theme.Type.LOGIN).getProperties().getProperty(PROPERTY));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * @param apps names of the apps that the page is about
   * @param end what the page tells the browser's other pages of Keycloak's
   */
  static Map<String, Object> attribute(
      KeycloakSession session, List<String> apps, Optional<BrowserSession.End> end) {
    Map<String, Object> attribute = new HashMap<>();
    attribute.put("apps", apps);
    end.ifPresent(
        told ->
            attribute.put(
                "ended",
                Map.of(
                    "sid", told.sid(),
                    "reason", told.reason().wireName(),
                    "initiator", told.initiator().wireName(),
                    "time", told.time().toString())));
    signInUrl(session).ifPresent(url -> attribute.put("signInUrl", url));
    return attribute;
  }

  /** Keycloak's own app, at which everybody can sign in; without scheme and host. */
  private static Optional<String> signInUrl(KeycloakSession session) {
    RealmModel realm = session.getContext().getRealm();
    ClientModel console = realm.getClientByClientId(Constants.ACCOUNT_CONSOLE_CLIENT_ID);
    return console == null || !console.isEnabled()
        ? Optional.empty()
        : Optional.of(
            session.getContext().getUri(UrlType.FRONTEND).getBaseUri().getPath()
                + "realms/"
                + Encode.encodePathSegmentAsIs(realm.getName())
                + "/account/");
  }
}
