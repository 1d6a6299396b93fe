package dev.ssologout.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How {@code bin/kc.sh} is called. */
final class Kc {

  private static final Set<String> STRAY =
      Set.of(
          "JAVA",
          "JAVA_OPTS",
          "JAVA_OPTS_APPEND",
          "JAVA_OPTS_KC_HEAP",
          "JAVA_ADD_OPENS",
          "JAVA_LOCALE",
          "DEBUG",
          "DEBUG_PORT",
          "DEBUG_SUSPEND",
          "PRINT_ENV");

  private Kc() {}

  /** The script of this Keycloak, to be run by this JVM's Java, without settings of the caller. */
  static ProcessBuilder command(Path home, List<String> arguments, List<String> jvmOptions) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin").resolve("kc.sh").toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    Map<String, String> env = builder.environment();
    env.keySet().removeIf(name -> STRAY.contains(name) || name.matches("KC(RAW|KEY)?_.*"));
    env.put("JAVA_HOME", System.getProperty("java.home"));
    env.put("JAVA_OPTS_APPEND", String.join(" ", jvmOptions));
    return builder;
  }

  /** The options with defaults for those that are not among them, by name. */
  static List<String> withDefaults(List<String> options, List<String> defaults) {
    Map<String, String> merged = new LinkedHashMap<>();
    defaults.forEach(option -> merged.put(name(option), option));
    options.forEach(option -> merged.put(name(option), option));
    return List.copyOf(merged.values());
  }

  private static String name(String option) {
    if (!option.startsWith("-")) {
      throw new LaunchException("not an option: " + option);
    }
    return option.split("=", 2)[0];
  }
}
