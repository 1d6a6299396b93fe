package dev.ssologout.demo;

import dev.ssologout.demo.Screen.Style;
import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.LaunchException;
import dev.ssologout.message.LogoutNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
import redis.clients.jedis.exceptions.JedisException;

/**
 * The demo: Keycloak with the bundle, Redis, apps, and every message as it arrives; or, with {@code
 * --check}, all of it played through without a person.
 *
 * <p>{@code bin/demo} sets the system properties {@code demo.bundle} (the JAR for Keycloak), {@code
 * demo.relying-party} (the directory with the apps' JAR and class path), {@code demo.oidc-client}
 * (the file of that library, or one that is not there), {@code demo.work} (a directory to keep the
 * prepared Keycloak in), and {@code demo.terminal} and {@code demo.keyboard} (whether a person sees
 * the output and can press keys).
 */
@Command(
    name = "bin/demo",
    description = "Runs Keycloak with the extension and shows each message about an ended session.",
    mixinStandardHelpOptions = true,
    versionProvider = Demo.Version.class)
public final class Demo implements Callable<Integer> {

  private static final int HTTP_PORT = 8080;
  private static final int MANAGEMENT_PORT = 9000;
  private static final int REDIS_PORT = 6379;
  private static final int APPS_PORT = 3000;
  private static final int MOST_REPLICAS = 4;
  private static final int HIGHEST_PORT = 65_535;
  private static final int LOG_LINES = 20;
  private static final Duration WATCH = Duration.ofMillis(500);

  private static volatile boolean finished;
  private static volatile boolean ending;

  @Spec private CommandSpec spec;

  @Option(
      names = "--check",
      description = "Play it all through without a person, stop everything; on free ports.")
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

  @Option(names = "--apps-port", description = "The hub's port (3000); the apps' come after it.")
  private Integer appsPort;

  @Option(names = "--replicas", description = "How many replicas the shop has, 1 to 4 (2).")
  private int replicas = 2;

  @Option(names = "--hosts", description = "Make each page a site of its own: hub.localhost, ...")
  private boolean hosts;

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

    Stage.Plan plan = plan();
    try (Stage stage = Stage.start(plan, screen, this::notice)) {
      if (check) {
        check(stage);
        screen.done("check passed in %d s".formatted((System.nanoTime() - start) / 1_000_000_000));
      } else {
        show(stage);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private Stage.Plan plan() {
    if (replicas < 1 || replicas > MOST_REPLICAS) {
      throw wrong("--replicas must be from 1 to " + MOST_REPLICAS);
    }
    if (ownRedis != null && redisPort != null) {
      throw wrong("--redis-port is for the Redis that is started without --redis");
    }
    if (ownRedis != null && hosts) {
      throw wrong("--hosts is for the Redis that is started without --redis");
    }
    if (check && appsPort != null) {
      throw wrong("--apps-port is for the demo without --check, which takes free ports");
    }
    int http = port(httpPort, HTTP_PORT, "--port");
    int management = port(managementPort, MANAGEMENT_PORT, "--management-port");
    int redis = ownRedis == null ? port(redisPort, REDIS_PORT, "--redis-port") : 0;
    boolean studio = Files.isRegularFile(Path.of(System.getProperty("demo.oidc-client", "")));
    Places places =
        check
            ? Places.of(http, FreePort::find, studio, hosts)
            : Places.of(http, port(appsPort, APPS_PORT, "--apps-port"), studio, hosts);
    List<Integer> ports = new ArrayList<>(List.of(http, management, redis));
    for (URI page : places.pages().values()) {
      ports.add(port(page.getPort(), 0, "--apps-port"));
    }
    distinct(ports);
    return new Stage.Plan(places, management, ownRedis, redis, replicas);
  }

  private void check(Stage stage) {
    try {
      new Check(stage, screen).run();
    } catch (DemoException e) {
      throw new DemoException(e.getMessage() + "\n" + endOfLog(stage.keycloak()));
    }
  }

  private void show(Stage stage) {
    stage.onMessage(message -> screen.line(MessageText.readable(message, Instant.now(), screen)));
    boolean keyboard = Boolean.getBoolean("demo.keyboard");
    printNextSteps(stage, keyboard);
    if (keyboard) {
      playOnEnter(stage.places());
    }
    while (stage.keycloak().isAlive()) {
      try {
        Thread.sleep(WATCH.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    throw new DemoException("Keycloak has ended\n" + endOfLog(stage.keycloak()));
  }

  private void printNextSteps(Stage stage, boolean keyboard) {
    Places places = stage.places();
    RedisAccess access = stage.redisAccess();
    String channel = new LogoutNames(LogoutNames.DEFAULT_PREFIX).realm(RealmFiles.DEMO);
    screen.line("");
    screen.line(screen.styled(Style.BOLD, "When a session ends, however it ends, it shows here:"));
    screen.line("");
    point("watch everything", places.page(Places.CONTROL).toString());
    point("sign in and out", places.page(Places.HUB).toString());
    screen.line("                      as alice (password alice) or bob (password bob)");
    if (places.hasStudio()) {
      point("a single-page app", places.page(Places.STUDIO).toString());
    }
    point(
        "sign someone out",
        places.keycloak() + "/admin/master/console/#/" + RealmFiles.DEMO + "/sessions");
    screen.line("                      as admin (password admin)");
    if (keyboard) {
      screen.line("  or press Enter      bob signs in at two apps, and out at one");
    }
    screen.line(
        "  listen yourself     redis-cli -h %s -p %d subscribe '%s'"
            .formatted(access.uri().getHost(), access.uri().getPort(), channel));
    screen.line("  Ctrl-C              ends everything");
    if (places.byNames()) {
      screen.line("");
      screen.line(
          "Chromium and Firefox find names that end in .localhost by themselves. For others,");
      screen.line("such as Safari, add this line to /etc/hosts:");
      screen.line("  127.0.0.1 " + String.join(" ", places.hosts()));
    }
    screen.line("");
  }

  private void point(String what, String where) {
    screen.line("  %-18s  %s".formatted(what, screen.styled(Style.CYAN, where)));
  }

  private void playOnEnter(Places places) {
    Thread thread =
        new Thread(
            () -> {
              BufferedReader keys =
                  new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
              try {
                while (keys.readLine() != null) {
                  play(places);
                }
              } catch (IOException e) {
                // No more keys, then.
              }
            },
            "keyboard");
    thread.setDaemon(true);
    thread.start();
  }

  private void play(Places places) {
    try {
      SsoUser bob = new SsoUser(places.keycloak(), RealmFiles.DEMO, "bob");
      bob.signIn(places.page(Places.SHOP));
      bob.signIn(places.page("blog"));
      bob.signOut(places.page(Places.SHOP));
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

  private void distinct(List<Integer> ports) {
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

  private static String endOfLog(KeycloakServer keycloak) {
    List<String> lines = keycloak.log().lines().toList();
    int from = Math.max(0, lines.size() - LOG_LINES);
    return "the end of Keycloak's log:\n" + String.join("\n", lines.subList(from, lines.size()));
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
