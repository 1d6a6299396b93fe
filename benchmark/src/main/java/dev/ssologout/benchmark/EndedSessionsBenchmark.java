package dev.ssologout.benchmark;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.relyingparty.EndedSessions;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.RedisClient;

/** What it costs an API to ask whether the session of a token is over; run by JMH. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
public class EndedSessionsBenchmark {
  private static final String REALM = "api";
  private static final int SESSIONS = 100_000;
  private static final String CACHED = "cached";
  private static final LogoutNames NAMES = new LogoutNames(LogoutNames.DEFAULT_PREFIX);

  /** The URI of the Redis. */
  @Param("")
  public String redis;

  private RedisClient client;
  private EndedSessions sessions;
  private Instant issuedAt;
  private String token;
  private JWSVerifier verifier;
  private int next;

  @Setup
  public void connect() throws JOSEException {
    client = RedisClient.create(redis);
    issuedAt = Instant.now();
    try (AbstractPipeline pipeline = client.pipelined()) {
      for (int i = 0; i < SESSIONS; i++) {
        pipeline.set(
            NAMES.ended(REALM, "ended" + i), Long.toString(issuedAt.getEpochSecond() + 60));
      }
    }
    RSAKey key = new RSAKeyGenerator(2048).generate();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader(JWSAlgorithm.RS256),
            new JWTClaimsSet.Builder()
                .subject("9c414a72-7280-4ecc-9cba-cc228ab5574b")
                .claim("sid", CACHED)
                .issueTime(Date.from(issuedAt))
                .build());
    jwt.sign(new RSASSASigner(key));
    token = jwt.serialize();
    verifier = new RSASSAVerifier(key);
  }

  /** Without anything in its memory. */
  @Setup(Level.Iteration)
  public void start() {
    next = 0;
    sessions = EndedSessions.builder().redis(client).realm(REALM).start();
    Await.until("the channel", () -> sessions.status().listening());
  }

  @TearDown(Level.Iteration)
  public void stop() {
    sessions.close();
  }

  @TearDown
  public void disconnect() {
    client.close();
  }

  /** What a bare look into Redis takes. */
  @Benchmark
  public String bareGet() {
    return client.get(NAMES.ended(REALM, "ended" + next++ % SESSIONS));
  }

  /** A session that is over, asked about for the first time. */
  @Benchmark
  public boolean hit() {
    return sessions.isOver("ended" + next++ % SESSIONS, issuedAt);
  }

  /** A session that lives, asked about for the first time. */
  @Benchmark
  public boolean miss() {
    return sessions.isOver("alive" + next++, issuedAt);
  }

  /** A session that lives, asked about again. */
  @Benchmark
  public boolean cached() {
    return sessions.isOver(CACHED, issuedAt);
  }

  /** What an API does with a token anyway. */
  @Benchmark
  public boolean verify() throws ParseException, JOSEException {
    return SignedJWT.parse(token).verify(verifier);
  }

  /** The same, and the question. */
  @Benchmark
  public boolean verifyAndAsk() throws ParseException, JOSEException {
    SignedJWT jwt = SignedJWT.parse(token);
    return jwt.verify(verifier)
        && !sessions.isOver(
            jwt.getJWTClaimsSet().getStringClaim("sid"),
            jwt.getJWTClaimsSet().getIssueTime().toInstant());
  }
}
