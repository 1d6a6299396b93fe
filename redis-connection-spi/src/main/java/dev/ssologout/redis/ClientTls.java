package dev.ssologout.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/**
 * How connections to Redis are secured. The files are read at every new connection, so renewed
 * certificates need no restart.
 *
 * @param caFile the authorities to trust; {@code null} for those that the JVM trusts
 * @param certificateFile the client's certificate; {@code null} for none
 * @param keyFile the client's key; {@code null} exactly where the certificate is
 * @param verifyHostname whether the server's certificate must be that of its host
 */
record ClientTls(Path caFile, Path certificateFile, Path keyFile, boolean verifyHostname) {
  // Protects nothing: the stores never leave this process.
  private static final char[] STORE_PASSWORD = "in memory".toCharArray();

  SslOptions options() {
    SslOptions.Builder options =
        SslOptions.builder()
            .sslVerifyMode(verifyHostname ? SslVerifyMode.FULL : SslVerifyMode.CA)
            .keyStoreType("PKCS12")
            .trustStoreType("PKCS12");
    if (caFile != null) {
      options.truststore(() -> stored(caFile, () -> Pem.authorities(caFile)), STORE_PASSWORD);
    }
    if (certificateFile != null) {
      options.keystore(
          () ->
              stored(certificateFile, () -> Pem.identity(certificateFile, keyFile, STORE_PASSWORD)),
          STORE_PASSWORD);
    }
    return options.build();
  }

  private interface StoreSource {
    KeyStore get() throws IOException, GeneralSecurityException;
  }

  private static InputStream stored(Path file, StoreSource source) throws IOException {
    try {
      KeyStore store = source.get();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      store.store(out, STORE_PASSWORD);
      return new ByteArrayInputStream(out.toByteArray());
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage());
    }
  }
}
