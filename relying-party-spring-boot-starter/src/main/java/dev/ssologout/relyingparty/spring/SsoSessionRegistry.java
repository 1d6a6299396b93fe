package dev.ssologout.relyingparty.spring;

import java.time.Instant;
import java.util.List;
import org.springframework.security.oauth2.client.oidc.authentication.logout.OidcLogoutToken;
import org.springframework.security.oauth2.client.oidc.session.InMemoryOidcSessionRegistry;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionInformation;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionRegistry;

/**
 * Lets Spring Security's own {@code oidcLogout(backChannel)} end the same sessions, on whichever
 * instance the logout token comes in. They have ended there when this returns, which leaves nothing
 * for Spring Security to do: by itself it would call the app over HTTP with each session's cookie,
 * which it would have to know.
 *
 * <p>Those who sign in by another client registration are left to Spring Security. Nor can the
 * logout tokens of another issuer end sessions of this one, whatever {@code sub} they name.
 */
final class SsoSessionRegistry implements OidcSessionRegistry {
  private final SsoLogoutClient client;
  private final AppSessions sessions;
  private final BackChannelLogouts logouts;
  private final OidcSessionRegistry others = new InMemoryOidcSessionRegistry();

  SsoSessionRegistry(SsoLogoutClient client, AppSessions sessions, BackChannelLogouts logouts) {
    this.client = client;
    this.sessions = sessions;
    this.logouts = logouts;
  }

  @Override
  public void saveSessionInformation(OidcSessionInformation info) {
    // Of the client's own this comes before the session gets a new id against fixation; the one
    // that stays is noted when the user has signed in.
    if (!client.isRecipient(info.getPrincipal().getIdToken())) {
      others.saveSessionInformation(info);
    }
  }

  @Override
  public OidcSessionInformation removeSessionInformation(String clientSessionId) {
    sessions.forget(clientSessionId);
    return others.removeSessionInformation(clientSessionId);
  }

  @Override
  public Iterable<OidcSessionInformation> removeSessionInformation(OidcLogoutToken logoutToken) {
    if (!client.isRecipient(logoutToken)) {
      return others.removeSessionInformation(logoutToken);
    }
    Instant issuedAt = logoutToken.getIssuedAt();
    long endedAt = (issuedAt == null ? Instant.now() : issuedAt).getEpochSecond();
    if (logoutToken.getSessionId() != null) {
      logouts.endSession(logoutToken.getSessionId(), endedAt);
    } else {
      logouts.endUser(logoutToken.getSubject(), endedAt);
    }
    return List.of();
  }
}
