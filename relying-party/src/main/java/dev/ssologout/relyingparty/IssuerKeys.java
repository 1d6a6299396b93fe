package dev.ssologout.relyingparty;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.text.ParseException;
import java.time.Duration;
import java.util.Map;

/**
 * The issuer's public keys, from the JWK set that its metadata names (OpenID Connect Discovery 1.0
 * section 4). They are kept for minutes, fetched anew when a token names a key that is not among
 * them, though not more often than a forger could make us, and still used for a while when the
 * issuer does not answer.
 */
final class IssuerKeys {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 5_000;
  private static final int MAX_BYTES = 256 * 1024;
  private static final long KEPT_MILLIS = Duration.ofMinutes(5).toMillis();
  private static final long KEPT_IN_OUTAGE_MILLIS = Duration.ofHours(1).toMillis();
  private static final long FETCH_INTERVAL_MILLIS = Duration.ofSeconds(5).toMillis();
  private static final Duration METADATA_INTERVAL = Duration.ofSeconds(2);

  private final URI issuer;
  private URI jwkSetUri;
  private JWKSource<SecurityContext> source;
  private KeysUnavailableException failure;
  private long failedAt;

  /**
   * @param jwkSetUri {@code null} to ask the issuer's metadata, at the first need
   */
  IssuerKeys(URI issuer, URI jwkSetUri) {
    this.issuer = issuer;
    this.jwkSetUri = jwkSetUri;
  }

  /**
   * The keys.
   *
   * @throws KeysUnavailableException if the metadata cannot be read
   */
  synchronized JWKSource<SecurityContext> source() throws KeysUnavailableException {
    if (source == null) {
      if (failure != null && System.nanoTime() - failedAt < METADATA_INTERVAL.toNanos()) {
        throw failure;
      }
      try {
        if (jwkSetUri == null) {
          jwkSetUri = fromMetadata();
        }
        source =
            JWKSourceBuilder.create(jwkSetUri.toURL(), retriever())
                .cache(KEPT_MILLIS, READ_MILLIS)
                .refreshAheadCache(false)
                .rateLimited(FETCH_INTERVAL_MILLIS)
                .outageTolerant(KEPT_IN_OUTAGE_MILLIS)
                .build();
      } catch (IOException | ParseException | URISyntaxException e) {
        failure =
            new KeysUnavailableException("the metadata of " + issuer + " cannot be read", e, true);
        failedAt = System.nanoTime();
        throw failure;
      }
    }
    return source;
  }

  private URI fromMetadata() throws IOException, ParseException, URISyntaxException {
    String base = issuer.toString();
    URI metadata =
        URI.create((base.endsWith("/") ? base : base + "/") + ".well-known/openid-configuration");
    Map<String, Object> members =
        JSONObjectUtils.parse(retriever().retrieveResource(metadata.toURL()).getContent());
    if (!base.equals(JSONObjectUtils.getString(members, "issuer"))) {
      throw new IOException("it is of another issuer");
    }
    URI uri = JSONObjectUtils.getURI(members, "jwks_uri");
    if (uri == null) {
      throw new IOException("it names no jwks_uri");
    }
    if ("https".equals(issuer.getScheme()) && !"https".equals(uri.getScheme())) {
      throw new MalformedURLException("its jwks_uri is not https");
    }
    return uri;
  }

  private static DefaultResourceRetriever retriever() {
    return new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, MAX_BYTES);
  }
}
