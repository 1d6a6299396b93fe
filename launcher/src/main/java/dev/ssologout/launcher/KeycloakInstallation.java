package dev.ssologout.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A Keycloak distribution with provider JARs, built ({@code kc.sh build}) and ready to start from.
 *
 * <p>The build takes about 20 seconds and is kept: the next {@link Builder#prepare()} with the same
 * distribution, the same JARs (by content) and the same options finds it in a moment. Several
 * servers, also of several JVMs, can run from one installation, as each gets a home of its own.
 */
public final class KeycloakInstallation {

  private static final String HOME_PROPERTY = "launcher.keycloak.home";
  private static final Path AUGMENTED = Path.of("lib", "quarkus");

  private final Path home;
  private final Path servers;

  private KeycloakInstallation(Path home, Path servers) {
    this.home = home;
    this.servers = servers;
  }

  /**
   * Begins an installation that is kept in the directory.
   *
   * @param directory made if missing; installations with other inputs may share it
   */
  public static Builder in(Path directory) {
    return new Builder(directory.toAbsolutePath().normalize());
  }

  /** Gives a server a home of its own with this installation's files. */
  void linkTo(Path serverHome) {
    // Only conf and data are written to by a running server.
    FileTree.link(home, serverHome, file -> !file.startsWith("conf") && !file.startsWith("data"));
  }

  /** A fresh directory on the same file system, so that links work. */
  Path newServerDirectory() {
    try {
      Path directory = Files.createTempDirectory(Files.createDirectories(servers), "keycloak-");
      Reaper.deleteAtEnd(directory);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says what goes into an installation. */
  public static final class Builder {

    private static final Duration BUILD_LIMIT = Duration.ofMinutes(5);
    private static final int KEPT = 5;
    private static final List<String> DEFAULTS =
        List.of("--db=dev-mem", "--health-enabled=true", "--metrics-enabled=true");

    private final Path directory;
    private Path distribution;
    private List<Path> providers = List.of();
    private List<String> buildOptions = List.of();

    private Builder(Path directory) {
      this.directory = directory;
    }

    /**
     * The unpacked distribution to take; by default the one that the launcher's Maven build
     * unpacked, or what the system property {@code launcher.keycloak.home} names.
     */
    public Builder distribution(Path home) {
      this.distribution = home;
      return this;
    }

    /** JAR files for {@code providers/}. */
    public Builder providers(Path... jars) {
      this.providers = List.of(jars);
      return this;
    }

    /**
     * Options of {@code kc.sh build} as on its command line. Health and metrics are on and the
     * database is {@code dev-mem} unless an option says otherwise.
     */
    public Builder buildOptions(String... options) {
      this.buildOptions = List.of(options);
      return this;
    }

    /**
     * Builds the installation unless an earlier one can be used again.
     *
     * @throws LaunchException when something is missing or the build fails, with the end of its log
     */
    public KeycloakInstallation prepare() {
      Path source = distribution != null ? distribution : defaultDistribution();
      if (!Files.isExecutable(source.resolve("bin").resolve("kc.sh"))) {
        throw new LaunchException("no Keycloak distribution in " + source);
      }
      List<String> options = Kc.withDefaults(buildOptions, DEFAULTS);
      try {
        Files.createDirectories(directory);
        Path place = directory.resolve(fingerprint(source, options));
        synchronized (KeycloakInstallation.class) {
          try (FileChannel lock = lock()) {
            Path built = place.resolve("built");
            if (!Files.exists(built)) {
              FileTree.delete(place);
              build(source, options, place);
              Files.createFile(built);
            }
            Files.setLastModifiedTime(built, FileTime.from(Instant.now()));
            prune();
          }
        }
        return new KeycloakInstallation(place.resolve("home"), directory.resolve("servers"));
      } catch (IOException e) {
        throw new LaunchException("cannot prepare Keycloak in " + directory + ": " + e, e);
      }
    }

    private void build(Path source, List<String> options, Path place) {
      Path home = place.resolve("home");
      FileTree.link(source, home, file -> !file.startsWith("conf") && !file.startsWith(AUGMENTED));
      for (Path jar : providers) {
        // With its modification time: Keycloak takes another time for a changed JAR.
        FileTree.copy(jar, home.resolve("providers").resolve(jar.getFileName()));
      }
      Stream<String> arguments = Stream.concat(Stream.of("build"), options.stream());
      ChildProcess.start(
              "kc.sh build",
              Kc.command(home, arguments.toList(), List.of("-XX:TieredStopAtLevel=1")),
              new Log(place.resolve("build.log")))
          .awaitSuccess(BUILD_LIMIT);
    }

    private FileChannel lock() throws IOException {
      FileChannel channel =
          FileChannel.open(
              directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      return channel;
    }

    /** Servers that run from a pruned installation do not mind: they have links of their own. */
    private void prune() throws IOException {
      List<Path> places;
      try (Stream<Path> children = Files.list(directory)) {
        places =
            children
                .filter(child -> Files.exists(child.resolve("built")))
                .sorted(Comparator.comparing(Builder::lastUse).reversed())
                .toList();
      }
      places.stream().skip(KEPT).forEach(FileTree::delete);
    }

    private static FileTime lastUse(Path place) {
      try {
        return Files.getLastModifiedTime(place.resolve("built"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String fingerprint(Path source, List<String> options) throws IOException {
      MessageDigest digest = sha256();
      update(digest, source.toRealPath().toString());
      update(digest, Files.getLastModifiedTime(source.resolve("version.txt")).toString());
      for (Path jar : providers) {
        if (!Files.isRegularFile(jar)) {
          throw new LaunchException("no provider JAR " + jar);
        }
        update(digest, jar.getFileName().toString());
        digest.update(Files.readAllBytes(jar));
      }
      options.forEach(option -> update(digest, option));
      return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    private static void update(MessageDigest digest, String part) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    private static Path defaultDistribution() {
      String override = System.getProperty(HOME_PROPERTY);
      if (override != null) {
        return Path.of(override);
      }
      Properties properties = new Properties();
      try (InputStream stream =
              KeycloakInstallation.class.getResourceAsStream("launcher.properties");
          Reader reader =
              new InputStreamReader(Objects.requireNonNull(stream), StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return Path.of(properties.getProperty("keycloak.home"));
    }
  }
}
