package dev.ssologout.relyingparty.spring;

import java.time.Instant;
import java.util.List;
import org.springframework.security.oauth2.client.oidc.authentication.logout.OidcLogoutToken;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionInformation;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionRegistry;

/**
 * Lets Spring Security's own {@code oidcLogout(backChannel)} end the same sessions, on whichever
 * instance the logout token comes in. They have ended when this returns, which leaves nothing for
 * Spring Security to do: by itself it would call the app over HTTP with each session's cookie,
 * which it would have to know.
 */
final class SsoSessionRegistry implements OidcSessionRegistry {
  private final AppSessions sessions;

  SsoSessionRegistry(AppSessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public void saveSessionInformation(OidcSessionInformation info) {
    // This comes before the session gets a new id against fixation. The one that stays is noted
    // when the user has signed in.
  }

  @Override
  public OidcSessionInformation removeSessionInformation(String clientSessionId) {
    sessions.forget(clientSessionId);
    return null;
  }

  @Override
  public Iterable<OidcSessionInformation> removeSessionInformation(OidcLogoutToken logoutToken) {
    Instant issuedAt = logoutToken.getIssuedAt();
    long endedAt = (issuedAt == null ? Instant.now() : issuedAt).getEpochSecond();
    if (logoutToken.getSessionId() != null) {
      sessions.endSession(logoutToken.getSessionId(), endedAt);
    } else {
      sessions.endUser(logoutToken.getSubject(), endedAt);
    }
    return List.of();
  }
}
