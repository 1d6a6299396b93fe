package dev.ssologout.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a stand-in for {@code kc.sh} that counts its builds; the real one is started elsewhere. */
class KeycloakInstallationTest {

  private static final FileTime JAR_TIME = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));

  @TempDir Path directory;
  private Path distribution;
  private Path jar;

  @BeforeEach
  void distribution() throws IOException {
    distribution = directory.resolve("dist");
    Files.createDirectories(distribution.resolve("lib/quarkus"));
    Files.createDirectories(distribution.resolve("bin"));
    Files.createDirectories(distribution.resolve("providers"));
    Files.writeString(distribution.resolve("version.txt"), "Keycloak - Version 0");
    Files.writeString(distribution.resolve("lib/quarkus/app.dat"), "pristine");
    kc("echo \"$@\" >>%s; echo built >lib/quarkus/app.dat".formatted(directory.resolve("builds")));
    jar = Files.writeString(directory.resolve("a.jar"), "one");
    Files.setLastModifiedTime(jar, JAR_TIME);
  }

  @Test
  void buildsOncePerInput() throws IOException {
    prepare();
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
    prepare();
    assertThat(builds()).isEqualTo(1);

    Files.writeString(jar, "two");
    prepare();
    assertThat(builds()).isEqualTo(2);

    prepare("--features=x");
    prepare("--features=x");
    assertThat(builds()).isEqualTo(3);
  }

  @Test
  void optionsComeBeforeDefaults() throws IOException {
    prepare("--db=postgres");
    assertThat(directory.resolve("builds"))
        .content()
        .isEqualTo("build --db=postgres --health-enabled=true --metrics-enabled=true\n");
  }

  @Test
  void leavesDistributionAloneAndKeepsTimeOfJar() throws IOException {
    Path home = directory.resolve("home");
    prepare().linkTo(home);
    assertThat(home.resolve("lib/quarkus/app.dat")).hasContent("built");
    assertThat(distribution.resolve("lib/quarkus/app.dat")).hasContent("pristine");
    assertThat(Files.getLastModifiedTime(home.resolve("providers/a.jar"))).isEqualTo(JAR_TIME);
  }

  @Test
  void failedBuildShowsItsLogAndIsNotKept() throws IOException {
    kc("echo no such feature; exit 3");
    assertThatThrownBy(this::prepare)
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("no such feature");
    assertThatThrownBy(this::prepare).isInstanceOf(LaunchException.class);
  }

  @Test
  void namesWhatIsMissing() {
    KeycloakInstallation.Builder nothing =
        KeycloakInstallation.in(directory).distribution(directory.resolve("none"));
    assertThatThrownBy(nothing::prepare).hasMessageContaining("none");
  }

  private KeycloakInstallation prepare(String... options) {
    return KeycloakInstallation.in(directory.resolve("work"))
        .distribution(distribution)
        .providers(jar)
        .buildOptions(options)
        .prepare();
  }

  private void kc(String script) throws IOException {
    Path kc = distribution.resolve("bin/kc.sh");
    Files.writeString(kc, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(kc, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private long builds() throws IOException {
    return Files.readAllLines(directory.resolve("builds")).size();
  }
}
