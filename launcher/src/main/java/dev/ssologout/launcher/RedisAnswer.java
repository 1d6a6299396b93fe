package dev.ssologout.launcher;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads one answer of Redis, so that the launcher needs no client. */
final class RedisAnswer {
  private RedisAnswer() {}

  static Object read(InputStream in) throws IOException {
    String line = line(in);
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> rest;
      case ':' -> Long.valueOf(rest);
      case '$' -> rest.equals("-1") ? null : text(in, Integer.parseInt(rest));
      case '*' -> rest.equals("-1") ? null : list(in, Integer.parseInt(rest));
      default -> throw new IOException(rest);
    };
  }

  private static String text(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length + 2);
    if (bytes.length < length + 2) {
      throw new EOFException();
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static List<Object> list(InputStream in, int length) throws IOException {
    List<Object> list = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      list.add(read(in));
    }
    return list;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      line.append((char) c);
    }
    if (in.read() != '\n' || line.isEmpty()) {
      throw new IOException("no answer of Redis");
    }
    return line.toString();
  }
}
