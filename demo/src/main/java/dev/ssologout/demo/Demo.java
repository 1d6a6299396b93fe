package dev.ssologout.demo;

import dev.ssologout.demo.Screen.Style;
import dev.ssologout.demo.SsoUser.Client;
import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.KeycloakInstallation;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.LaunchException;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.LogoutNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The demo: Keycloak with the bundle, Redis, and every message as it arrives; or, with {@code
 * --check}, all of it played through without a person.
 *
 * <p>{@code bin/demo} sets the system properties {@code demo.bundle} (the JAR for Keycloak), {@code
 * demo.work} (a directory to keep the prepared Keycloak in), and {@code demo.terminal} and {@code
 * demo.keyboard} (whether a person sees the output and can press keys).
 */
@Command(
    name = "bin/demo",
    description = "Runs Keycloak with the extension and shows each message about an ended session.",
    mixinStandardHelpOptions = true,
    versionProvider = Demo.Version.class)
public final class Demo implements Callable<Integer> {

  /** The realm that the demo brings. */
  static final String REALM = "demo";

  private static final int HTTP_PORT = 8080;
  private static final int MANAGEMENT_PORT = 9000;
  private static final int REDIS_PORT = 6379;
  private static final int HIGHEST_PORT = 65_535;
  private static final int LOG_LINES = 20;
  private static final Duration WATCH = Duration.ofMillis(500);

  private static volatile boolean finished;
  private static volatile boolean ending;

  @Spec private CommandSpec spec;

  @Option(
      names = "--check",
      description = "Sign a user in and out, check the message, stop everything; on free ports.")
  private boolean check;

  @Option(
      names = "--redis",
      paramLabel = "URI",
      converter = RedisAccessConverter.class,
      description =
          "Use this Redis, redis[s]://[[user]:password@]host[:port][/database], instead of"
              + " starting one.")
  private RedisAccess ownRedis;

  @Option(names = "--port", description = "Keycloak's port (8080).")
  private Integer httpPort;

  @Option(names = "--management-port", description = "Keycloak's management port (9000).")
  private Integer managementPort;

  @Option(names = "--redis-port", description = "The port of the Redis that is started (6379).")
  private Integer redisPort;

  @Option(names = "--no-color", description = "No colours, as with NO_COLOR set.")
  private boolean noColor;

  private Screen screen;

  private Demo() {}

  /** Runs the demo; the exit code is 0, 1 for a failure, 2 for a wrong option. */
  public static void main(String[] args) {
    Runtime.getRuntime().addShutdownHook(new Thread(Demo::end));
    int exitCode = commandLine().execute(args);
    finished = true;
    System.exit(exitCode);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Demo())
        .setParameterExceptionHandler(Demo::wrongOption)
        .setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
  }

  @Override
  public Integer call() {
    long start = System.nanoTime();
    boolean terminal = Boolean.getBoolean("demo.terminal");
    boolean colour = terminal && !noColor && System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
    screen = new Screen(System.out, terminal, colour);

    int http = port(httpPort, HTTP_PORT, "--port");
    int management = port(managementPort, MANAGEMENT_PORT, "--management-port");
    if (ownRedis != null) {
      if (redisPort != null) {
        throw wrong("--redis-port is for the Redis that is started without --redis");
      }
      distinct(http, management);
      try (RedisClient client =
          screen.step("Connect to Redis at " + ownRedis.place(), ownRedis::connect)) {
        run(client, ownRedis, http, management);
      }
    } else {
      int chosen = port(redisPort, REDIS_PORT, "--redis-port");
      distinct(http, management, chosen);
      try (RedisServer redis =
              screen.step(
                  "Start Redis on port " + chosen, RedisServer.builder().port(chosen)::start);
          RedisClient client = new RedisAccess(redis.uri()).connect()) {
        run(client, new RedisAccess(redis.uri()), http, management);
      }
    }
    if (check) {
      screen.done("check passed in %d s".formatted((System.nanoTime() - start) / 1_000_000_000));
    }
    return CommandLine.ExitCode.OK;
  }

  private void run(RedisClient redis, RedisAccess access, int http, int management) {
    Path work = Path.of(property("demo.work"));
    Path bundle = Path.of(property("demo.bundle"));
    KeycloakInstallation installation =
        screen.step(
            "Prepare Keycloak with the extension",
            () -> KeycloakInstallation.in(work.resolve("keycloak")).providers(bundle).prepare());
    KeycloakServer.Builder settings =
        KeycloakServer.of(installation)
            .httpPort(http)
            .managementPort(management)
            .env("KC_SPI_REDIS_CONNECTION__JEDIS__URI", access.forKeycloak())
            .realms(realmFile(work));
    try (KeycloakServer keycloak = screen.step("Start Keycloak on port " + http, settings::start)) {
      if (check) {
        check(keycloak, redis);
      } else {
        show(keycloak, redis, access);
      }
    }
  }

  private void check(KeycloakServer keycloak, RedisClient redis) {
    try {
      new Check(keycloak.url(), redis, screen).run();
    } catch (DemoException e) {
      throw new DemoException(e.getMessage() + "\n" + endOfLog(keycloak));
    }
  }

  private void show(KeycloakServer keycloak, RedisClient redis, RedisAccess access) {
    String name = new LogoutNames(LogoutNames.DEFAULT_PREFIX).realm(REALM);
    try (MessageFeed feed = MessageFeed.listen(redis, List.of(name), this::notice)) {
      boolean keyboard = Boolean.getBoolean("demo.keyboard");
      printNextSteps(keycloak.url(), access, name, keyboard);
      if (keyboard) {
        playOnEnter(keycloak.url());
      }
      while (keycloak.isAlive()) {
        MessageFeed.Received message = feed.poll(WATCH);
        if (message != null) {
          screen.line(MessageText.readable(message.json(), Instant.now(), screen));
        }
      }
    }
    throw new DemoException("Keycloak has ended\n" + endOfLog(keycloak));
  }

  private void printNextSteps(URI url, RedisAccess access, String name, boolean keyboard) {
    String account = screen.styled(Style.CYAN, url + "/realms/" + REALM + "/account");
    String admin =
        screen.styled(Style.CYAN, url + "/admin/master/console/#/" + REALM + "/sessions");
    screen.line("");
    screen.line(screen.styled(Style.BOLD, "When a session ends, however it ends, it shows here:"));
    screen.line("");
    screen.line("  sign in and out     " + account);
    screen.line("                      as alice (password alice) or bob (password bob)");
    screen.line("  sign someone out    " + admin);
    screen.line("                      as admin (password admin)");
    if (keyboard) {
      screen.line("  or press Enter      bob signs in at two apps, and out at one");
    }
    screen.line(
        "  listen yourself     redis-cli -h %s -p %d subscribe '%s'"
            .formatted(access.uri().getHost(), access.uri().getPort(), name));
    screen.line("  Ctrl-C              ends everything");
    screen.line("");
  }

  private void playOnEnter(URI url) {
    Thread thread =
        new Thread(
            () -> {
              BufferedReader keys =
                  new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
              try {
                while (keys.readLine() != null) {
                  play(url);
                }
              } catch (IOException e) {
                // No more keys, then.
              }
            },
            "keyboard");
    thread.setDaemon(true);
    thread.start();
  }

  private void play(URI url) {
    try {
      SsoUser bob = new SsoUser(url, "bob");
      IdToken atShop = bob.signIn(Client.SHOP);
      bob.signIn(Client.BLOG);
      bob.signOut(Client.SHOP, atShop);
    } catch (DemoException e) {
      notice(e.getMessage());
    }
  }

  private void notice(String text) {
    if (!ending) {
      screen.line(screen.styled(Style.DIM, text));
    }
  }

  private static void end() {
    if (!finished && Boolean.getBoolean("demo.terminal")) {
      System.out.println();
      System.out.println("Ending everything.");
    }
    ending = true;
  }

  private int port(Integer given, int usual, String option) {
    if (given == null && check) {
      return FreePort.find();
    }
    int chosen = given == null ? usual : given;
    if (chosen < 1 || chosen > HIGHEST_PORT) {
      throw wrong(option + " must be from 1 to " + HIGHEST_PORT);
    }
    if (!FreePort.isFree(chosen)) {
      throw new DemoException(
          "port %d is taken; choose another with %s%s"
              .formatted(
                  chosen,
                  option,
                  option.equals("--redis-port")
                      ? ", or use what runs there with --redis redis://localhost:" + chosen
                      : ""));
    }
    return chosen;
  }

  private void distinct(int... ports) {
    Set<Integer> seen = new HashSet<>();
    for (int port : ports) {
      if (!seen.add(port)) {
        throw wrong("port " + port + " is wanted twice");
      }
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static Path realmFile(Path work) {
    try (InputStream resource =
        Objects.requireNonNull(Demo.class.getResourceAsStream("/realms/demo.json"))) {
      Path directory = Files.createDirectories(work.resolve("realms"));
      Path written = Files.createTempFile(directory, "demo", ".tmp");
      Files.copy(resource, written, StandardCopyOption.REPLACE_EXISTING);
      // At once, as another demo may be reading it.
      return Files.move(written, directory.resolve("demo.json"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String endOfLog(KeycloakServer keycloak) {
    List<String> lines = keycloak.log().lines().toList();
    int from = Math.max(0, lines.size() - LOG_LINES);
    return "the end of Keycloak's log:\n" + String.join("\n", lines.subList(from, lines.size()));
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new DemoException("start the demo with bin/demo");
    }
    return value;
  }

  private static int wrongOption(ParameterException e, String[] args) {
    System.err.println("bin/demo: " + e.getMessage() + "; see bin/demo --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine command) throws Exception {
    if (e instanceof ParameterException wrong) {
      return wrongOption(wrong, new String[0]);
    }
    if (ending) {
      // The user ended the demo, and what was under way failed for that.
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (e instanceof DemoException || e instanceof LaunchException) {
      System.err.println("bin/demo: " + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (e instanceof JedisException) {
      System.err.println("bin/demo: Redis: " + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw e;
  }

  /** Reads {@code --redis}. */
  static final class RedisAccessConverter implements ITypeConverter<RedisAccess> {
    @Override
    public RedisAccess convert(String text) {
      try {
        return RedisAccess.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** The version from the JAR. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Demo.class.getPackage().getImplementationVersion();
      return new String[] {version == null ? "unknown" : version};
    }
  }
}
