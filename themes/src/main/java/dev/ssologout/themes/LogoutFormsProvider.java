package dev.ssologout.themes;

import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.keycloak.forms.login.LoginFormsPages;
import org.keycloak.forms.login.freemarker.FreeMarkerLoginFormsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;
import org.keycloak.services.messages.Messages;

/**
 * Keycloak's login forms. Where the realm's login theme is ours, the pages of a logout are told in
 * addition which apps it is about and which session has ended, and the login page says why there is
 * one again.
 */
class LogoutFormsProvider extends FreeMarkerLoginFormsProvider {
  LogoutFormsProvider(KeycloakSession session) {
    super(session);
  }

  @Override
  protected Response createResponse(LoginFormsPages page) {
    if (LogoutTheme.isOn(session)) {
      Optional<BrowserSession> own = BrowserSession.of(session);
      switch (page) {
        case LOGIN, LOGIN_USERNAME -> sayWhyAgain(own);
        case LOGOUT_CONFIRM ->
            tell(
                own.filter(this::isToEnd).map(BrowserSession::apps),
                own.flatMap(BrowserSession::end));
        case FRONTCHANNEL_LOGOUT -> tellSignedOut(own);
        case INFO -> {
          if (Messages.SUCCESS_LOGOUT.equals(getFirstMessageUnformatted())) {
            tellSignedOut(own);
          } else {
            tell(Optional.empty(), own.flatMap(BrowserSession::end));
          }
        }
        case ERROR, LOGIN_PAGE_EXPIRED -> tell(Optional.empty(), own.flatMap(BrowserSession::end));
        default -> {
          // It has nothing to do with a logout.
        }
      }
    }
    return super.createResponse(page);
  }

  private void sayWhyAgain(Optional<BrowserSession> own) {
    if (messages == null) {
      own.flatMap(BrowserSession::end)
          .ifPresent(end -> setInfo(EndNotice.of(end.reason()).titleKey()));
    }
  }

  private void tellSignedOut(Optional<BrowserSession> own) {
    Optional<BrowserSession.End> end = own.flatMap(BrowserSession::endNow);
    tell(end.flatMap(told -> own).map(BrowserSession::apps), end);
  }

  private void tell(Optional<List<String>> apps, Optional<BrowserSession.End> end) {
    setAttribute(
        LogoutTheme.ATTRIBUTE, LogoutTheme.attribute(session, apps.orElse(List.of()), end));
  }

  /** Whoever shows an ID token of another session ends that one, and is not told of its apps. */
  private boolean isToEnd(BrowserSession own) {
    String hinted =
        authenticationSession == null
            ? null
            : authenticationSession.getAuthNote(
                OIDCLoginProtocol.LOGOUT_VALIDATED_ID_TOKEN_SESSION_STATE);
    return hinted == null || hinted.equals(own.sid());
  }
}
