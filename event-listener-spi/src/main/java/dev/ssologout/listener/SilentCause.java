package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import org.keycloak.events.Details;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;

/** The cause of an end that no event names: read from the session itself and from the request. */
final class SilentCause {
  private SilentCause() {}

  /**
   * @param ending the session as it still stands
   * @param userId of the session's user
   * @return {@code null} if it is no end: the session goes on as another
   */
  static Cause of(
      KeycloakSession session, RealmModel realm, UserSessionModel ending, String userId) {
    if (!ending.isOffline() && ending.isRememberMe() && !realm.isRememberMe()) {
      return Cause.REMEMBER_ME_OFF;
    }
    if (Expiry.isOver(realm, ending)) {
      return Cause.EXPIRED;
    }
    RequestPath path = RequestPath.of(session);
    return switch (path) {
      case ADMIN -> Cause.ADMIN_LOGOUT;
      case ADMIN_IMPERSONATION -> Cause.REPLACED.by(Initiator.ADMIN);
      case ACCOUNT -> Cause.ACCOUNT_LOGOUT;
      case IDP_LOGOUT -> Cause.IDP_LOGOUT;
      case LOGOUT -> Cause.LOGOUT;
      case REVOKE -> Cause.TOKEN_REVOKED;
      case LOGIN, TOKEN, OTHER, NONE -> foundInvalid(session, realm, ending, userId, path);
    };
  }

  /** What whoever added or removed users and providers makes of the sessions that remain. */
  private static Cause foundInvalid(
      KeycloakSession session,
      RealmModel realm,
      UserSessionModel ending,
      String userId,
      RequestPath path) {
    if (session.users().getUserById(realm, userId) == null) {
      return Cause.userRemoved(Initiator.SYSTEM);
    }
    String provider = ending.getNote(Details.IDENTITY_PROVIDER);
    if (provider != null && session.identityProviders().getByAlias(provider) == null) {
      return Cause.IDP_LOGOUT;
    }
    return switch (path) {
      case LOGIN -> Cause.REPLACED;
      case TOKEN -> atTokenEndpoint(session, realm, ending);
      default -> Cause.UNKNOWN;
    };
  }

  private static Cause atTokenEndpoint(
      KeycloakSession session, RealmModel realm, UserSessionModel ending) {
    if (ending.isOffline()) {
      // The last client's part goes: its time is over, or its token was used more than once.
      return Expiry.isOverForAnyClient(realm, ending)
          ? Cause.EXPIRED
          : Cause.TOKEN_REVOKED.by(Initiator.POLICY);
    }
    // A sign-in that asks for offline access first of all leaves only the offline session, under
    // the same sid.
    return session.sessions().getOfflineUserSession(realm, ending.getId()) != null
        ? null
        : Cause.UNKNOWN;
  }
}
