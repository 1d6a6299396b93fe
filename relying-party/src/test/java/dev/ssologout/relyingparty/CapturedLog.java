package dev.ssologout.relyingparty;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** All that the library logs meanwhile, the smallest detail included. */
final class CapturedLog implements AutoCloseable {
  private final Logger logger = Logger.getLogger("dev.ssologout");
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(new SimpleFormatter().format(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  CapturedLog() {
    logger.setLevel(Level.ALL);
    logger.addHandler(handler);
  }

  String text() {
    return String.join("", lines);
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }
}
