package dev.ssologout.redis;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads PEM files into key stores, which is what the JDK takes. */
final class Pem {
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private Pem() {}

  /** A store of the authorities in the file. */
  static KeyStore authorities(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    for (Certificate certificate : certificates(file)) {
      store.setCertificateEntry("ca" + store.size(), certificate);
    }
    return store;
  }

  /**
   * A store of one key with its certificate and the certificates that lead to an authority.
   *
   * @param password that the store's key is given
   */
  static KeyStore identity(Path certificateFile, Path keyFile, char[] password)
      throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        key(keyFile),
        password,
        certificates(certificateFile).toArray(Certificate[]::new));
    return store;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(file))) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new GeneralSecurityException("no certificate in it");
      }
      return certificates;
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    Matcher matcher = PKCS8.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!matcher.find()) {
      throw new GeneralSecurityException(
          "no unencrypted PKCS #8 key (BEGIN PRIVATE KEY) in it; openssl pkcs8 -topk8 -nocrypt"
              + " makes one of another key");
    }
    PKCS8EncodedKeySpec spec;
    try {
      spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("the key in it is not Base64");
    }
    for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        // It may be a key of the next algorithm.
      }
    }
    throw new GeneralSecurityException("the key in it is none of RSA, EC and EdDSA");
  }
}
