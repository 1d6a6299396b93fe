package dev.ssologout.relyingparty;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** The issuer of a realm: its metadata, its keys, and what it signs. */
final class TestIssuer implements AutoCloseable {
  static final String REALM = "acme";
  static final String CLIENT = "shop";

  private final HttpServer server;
  private volatile RSAKey key = newKey();
  private volatile boolean answering = true;

  TestIssuer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer("/realms/acme/.well-known/openid-configuration", this::metadata);
    answer("/keys", () -> new JWKSet(key).toString());
    server.start();
  }

  private interface Body {
    String get();
  }

  private void answer(String path, Body body) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            byte[] bytes = body.get().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answering ? 200 : 503, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
  }

  private String metadata() {
    return "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(uri(), base() + "/keys");
  }

  private String base() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  URI uri() {
    return URI.create(base() + "/realms/acme");
  }

  void answering(boolean now) {
    answering = now;
  }

  RSAKey key() {
    return key;
  }

  void rotateKey() {
    key = newKey();
  }

  static RSAKey newKey() {
    try {
      return new RSAKeyGenerator(2048).keyID(UUID.randomUUID().toString()).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A message as Keycloak sends it to the client, about a session that ends now. */
  SessionEnded ended(String sid) {
    return message(sid, token(sid, claims -> {}));
  }

  SessionEnded message(String sid, String token) {
    return new SessionEnded(
        UUID.randomUUID().toString(),
        uri(),
        Instant.now().truncatedTo(ChronoUnit.MILLIS),
        REALM,
        sid,
        "alice-id",
        false,
        Reason.LOGOUT,
        Initiator.USER,
        null,
        token);
  }

  String token(String sid, Consumer<JWTClaimsSet.Builder> change) {
    return token(sid, key, change);
  }

  String token(String sid, RSAKey signer, Consumer<JWTClaimsSet.Builder> change) {
    return sign(
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID(signer.getKeyID())
            .type(new JOSEObjectType("logout+jwt"))
            .build(),
        signer,
        claims(sid, change));
  }

  JWTClaimsSet claims(String sid, Consumer<JWTClaimsSet.Builder> change) {
    Instant now = Instant.now();
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .jwtID(UUID.randomUUID().toString())
            .issuer(uri().toString())
            .audience(CLIENT)
            .subject("alice-id")
            .claim("sid", sid)
            .claim("events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()))
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(Duration.ofDays(7))));
    change.accept(claims);
    return claims.build();
  }

  static String sign(JWSHeader header, RSAKey signer, JWTClaimsSet claims) {
    try {
      SignedJWT jwt = new SignedJWT(header, claims);
      jwt.sign(new RSASSASigner(signer));
      return jwt.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
