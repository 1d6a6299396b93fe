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
   * @param userId of the session's user
   */
  static Cause of(
      KeycloakSession session, RealmModel realm, UserSessionModel ended, String userId) {
    if (!ended.isOffline() && ended.isRememberMe() && !realm.isRememberMe()) {
      return Cause.REMEMBER_ME_OFF;
    }
    if (Expiry.isOver(realm, ended)) {
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
      case LOGIN, OTHER, NONE -> foundInvalid(session, realm, ended, userId, path);
    };
  }

  /** What whoever added or removed users and providers makes of the sessions that remain. */
  private static Cause foundInvalid(
      KeycloakSession session,
      RealmModel realm,
      UserSessionModel ended,
      String userId,
      RequestPath path) {
    if (session.users().getUserById(realm, userId) == null) {
      return Cause.userRemoved(Initiator.SYSTEM);
    }
    String provider = ended.getNote(Details.IDENTITY_PROVIDER);
    if (provider != null && session.identityProviders().getByAlias(provider) == null) {
      return Cause.IDP_LOGOUT;
    }
    return path == RequestPath.LOGIN ? Cause.REPLACED : Cause.UNKNOWN;
  }
}
