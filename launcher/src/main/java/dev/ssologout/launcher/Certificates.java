package dev.ssologout.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * An authority with the certificates that it signs, as PEM files made by the JDK's keytool. They
 * are good for two days.
 */
public final class Certificates {
  private static final String PASSWORD = "of-the-store";

  private final Path directory;
  private final Path store;

  /**
   * @param directory for the files of this authority alone
   */
  public Certificates(Path directory) {
    this.directory = directory;
    this.store = directory.resolve("store.p12");
    keytool(
        "-genkeypair", "-alias", "ca", "-dname", "CN=" + directory.getFileName(), "-ext", "bc:c");
    keytool("-exportcert", "-rfc", "-alias", "ca", "-file", ca().toString());
    keytool("-genkeypair", "-alias", "key", "-dname", "CN=redis");
    keytool("-certreq", "-alias", "key", "-file", request().toString());
    writeKey();
  }

  /** The authority's certificate. */
  public Path ca() {
    return directory.resolve("ca.pem");
  }

  /** A certificate made by {@link #sign}. */
  public Path certificate(String name) {
    return directory.resolve(name + ".pem");
  }

  /** The one key of all the certificates. */
  public Path key() {
    return directory.resolve("key.pem");
  }

  /** Makes a certificate for a host. */
  public Certificates sign(String name, String host) {
    keytool(
        "-gencert",
        "-rfc",
        "-alias",
        "ca",
        "-ext",
        "san=dns:" + host,
        "-infile",
        request().toString(),
        "-outfile",
        certificate(name).toString());
    return this;
  }

  private Path request() {
    return directory.resolve("key.csr");
  }

  private void writeKey() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      Key key = keys.getKey("key", PASSWORD.toCharArray());
      String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
      Files.writeString(
          key(), "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n");
    } catch (IOException | GeneralSecurityException e) {
      throw new LaunchException("certificates could not be made", e);
    }
  }

  private void keytool(String command, String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.add(command);
    line.addAll(List.of(arguments));
    line.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    if (command.equals("-genkeypair")) {
      line.addAll(List.of("-keyalg", "EC", "-validity", "2"));
    }
    try {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        throw new LaunchException("keytool: " + output);
      }
    } catch (IOException e) {
      throw new LaunchException("certificates could not be made", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException("certificates could not be made", e);
    }
  }
}
