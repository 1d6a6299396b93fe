package dev.ssologout.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.vault.VaultStringSecret;
import redis.clients.jedis.exceptions.JedisException;

/** Where the password comes from. It is asked for at every new connection. */
@FunctionalInterface
interface PasswordSource {

  /**
   * The password as it is now; {@code null} for none.
   *
   * @throws JedisException naming the source that has none
   */
  String password();

  /** The file's first line. */
  static PasswordSource file(Path file) {
    return () -> {
      try {
        return Files.readString(file)
            .lines()
            .findFirst()
            .filter(line -> !line.isEmpty())
            .orElseThrow(() -> new JedisException("no password in " + file));
      } catch (IOException e) {
        // Its message may quote what was read.
        throw new JedisException("cannot read " + file + ": " + e.getClass().getSimpleName());
      }
    };
  }

  /**
   * A secret of Keycloak's vault. The vault keeps secrets by realm, and one that is the server's is
   * looked up as one of the admin realm's.
   */
  static PasswordSource vault(KeycloakSessionFactory factory, String key) {
    return () ->
        KeycloakModelUtils.runJobInTransactionWithResult(
            factory,
            session -> {
              RealmModel realm = session.realms().getRealmByName(Config.getAdminRealm());
              session.getContext().setRealm(realm);
              try (VaultStringSecret secret =
                  session.vault().getStringSecret("${vault." + key + "}")) {
                return secret
                    .get()
                    .map(String::strip)
                    .filter(text -> !text.isEmpty())
                    .orElseThrow(
                        () ->
                            new JedisException(
                                "Keycloak's vault has no secret "
                                    + key
                                    + " of the realm "
                                    + Config.getAdminRealm()));
              }
            });
  }
}
