package dev.ssologout.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What was measured on.
 *
 * @param loadAverage how many tasks wanted a core before the run began; a quiet machine has far
 *     less than one
 */
record Machine(
    String cpu, int cores, long memoryGigabytes, String system, String jdk, double loadAverage) {

  static Machine here() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        cpuName(),
        system.getAvailableProcessors(),
        Math.round(system.getTotalMemorySize() / 1e9),
        system.getName() + " " + system.getVersion() + " " + system.getArch(),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
        system.getSystemLoadAverage());
  }

  boolean isBusy() {
    return loadAverage > 0.3 * cores;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s, %d cores, %d GB, %s, %s; load average at the start %.2f",
        cpu,
        cores,
        memoryGigabytes,
        system,
        jdk,
        loadAverage);
  }

  private static String cpuName() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
