package dev.ssologout.themes;

import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.forms.login.freemarker.FreeMarkerLoginFormsProviderFactory;
import org.keycloak.models.KeycloakSession;

/** Puts {@link LogoutFormsProvider} in the place of Keycloak's own forms, by a higher order. */
public class LogoutFormsProviderFactory extends FreeMarkerLoginFormsProviderFactory {
  public static final String ID = "sso-logout";

  private static final int ORDER = 10;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public int order() {
    return ORDER;
  }

  @Override
  public LoginFormsProvider create(KeycloakSession session) {
    return new LogoutFormsProvider(session);
  }
}
