package dev.ssologout.themes;

import dev.ssologout.message.Reason;
import dev.ssologout.rest.Caller;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.SecurityHeaders;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.services.util.LocaleUtil;

/**
 * {@code /realms/{realm}/session-ended}: tells a person why an app has signed them out. {@code
 * client_id} names the app, whose registered home page it links to; {@code reason} is one of a
 * {@linkplain Reason closed list} and counts only where Keycloak does not know better. It redirects
 * nowhere, and what it does not know it ignores, as people come here by the links of others.
 */
public class SessionEndedResource {
  private final KeycloakSession session;

  SessionEndedResource(KeycloakSession session) {
    this.session = session;
  }

  @GET
  @Produces(MediaType.TEXT_HTML)
  public Response page() {
    requireTheme();
    RealmModel realm = session.getContext().getRealm();
    MultivaluedMap<String, String> query = session.getContext().getUri().getQueryParameters();
    LocaleUtil.processLocaleParam(session, realm, null);
    ClientModel client =
        Optional.ofNullable(query.getFirst("client_id"))
            .map(realm::getClientByClientId)
            .filter(ClientModel::isEnabled)
            .orElse(null);
    if (client != null) {
      // What the forms are told of it they take from here.
      session.getContext().setClient(client);
    }
    Optional<BrowserSession> own = BrowserSession.of(session);
    Optional<BrowserSession.End> end = own.flatMap(BrowserSession::end);
    boolean signedIn = own.isPresent() && end.isEmpty();
    Reason said = Reason.ofWireName(query.getFirst("reason"));
    Reason reason =
        end.map(BrowserSession.End::reason).filter(known -> known != Reason.UNKNOWN).orElse(said);
    Map<String, Object> attribute = LogoutTheme.attribute(session, List.of(), end);
    attribute.put("notice", signedIn ? "signed_in" : EndNotice.of(reason).key());
    attribute.put("reason", said.wireName());
    return Response.fromResponse(
            session
                .getProvider(LoginFormsProvider.class)
                .setAttribute(LogoutTheme.ATTRIBUTE, attribute)
                .createForm(LogoutTheme.SESSION_ENDED_TEMPLATE))
        .header(HttpHeaders.CACHE_CONTROL, SecurityHeaders.NO_STORE)
        .build();
  }

  private void requireTheme() {
    try {
      Caller.requireUsableRealm(session);
      if (!LogoutTheme.isOn(session)) {
        throw new ProblemException(
            ProblemType.NOT_FOUND,
            "The realm's login theme is not sso-logout, nor one that is built on it");
      }
    } catch (ProblemException e) {
      SecurityHeaders.data(session);
      throw e;
    }
  }
}
