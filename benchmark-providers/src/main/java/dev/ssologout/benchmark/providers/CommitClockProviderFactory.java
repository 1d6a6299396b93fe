package dev.ssologout.benchmark.providers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.keycloak.Config;
import org.keycloak.events.Event;
import org.keycloak.models.AbstractKeycloakTransaction;
import org.keycloak.models.KeycloakSession;

/**
 * The event listener {@code commit-clock}: writes down when the transaction of each logout has been
 * committed, a line {@code <sid> <microseconds since the epoch>} in the file that its option {@code
 * file} names.
 */
public class CommitClockProviderFactory extends ListenerFactory {
  private Path file;

  @Override
  public String getId() {
    return "commit-clock";
  }

  @Override
  public void init(Config.Scope config) {
    String name = config.get("file");
    file = name == null ? null : Path.of(name);
  }

  @Override
  void logout(KeycloakSession session, Event event) {
    String sid = event.getSessionId();
    session
        .getTransactionManager()
        .enlistAfterCompletion(
            new AbstractKeycloakTransaction() {
              @Override
              protected void commitImpl() {
                write(sid, ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
              }

              @Override
              protected void rollbackImpl() {}
            });
  }

  private synchronized void write(String sid, long micros) {
    try {
      Files.writeString(
          file, sid + " " + micros + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
