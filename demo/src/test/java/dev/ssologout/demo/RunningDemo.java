package dev.ssologout.demo;

import dev.ssologout.launcher.FreePort;
import java.io.PrintStream;
import java.nio.file.Files;

/** The demo, started once for all tests of this JVM, and ended with it. */
final class RunningDemo {
  private static Stage stage;

  private RunningDemo() {}

  static synchronized Stage stage() {
    if (stage == null) {
      Places places =
          Places.of(
              FreePort.find(), FreePort::find, Files.isRegularFile(Stage.oidcClient()), false);
      stage =
          Stage.start(
              new Stage.Plan(places, FreePort.find(), null, FreePort.find(), 2),
              new Screen(new PrintStream(System.out, true), false, false),
              System.out::println);
      Stage running = stage;
      Runtime.getRuntime().addShutdownHook(new Thread(running::close));
    }
    return stage;
  }
}
