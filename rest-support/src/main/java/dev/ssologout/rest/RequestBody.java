package dev.ssologout.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keycloak.models.KeycloakSession;

/** A request's JSON body, read strictly. */
public final class RequestBody {
  private static final int LARGEST = 16 * 1024;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              textual ->
                  textual
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private RequestBody() {}

  /**
   * @param body as JAX-RS hands it over; may be {@code null}
   * @param type a record or class whose members are all that the body may have
   * @return empty where there is no body
   * @throws ProblemException 400 if it is not what the type has, 413 if it has more than 16 KiB,
   *     415 if it is not JSON
   */
  public static <T> Optional<T> json(KeycloakSession session, InputStream body, Class<T> type) {
    byte[] bytes;
    try {
      bytes = body == null ? new byte[0] : body.readNBytes(LARGEST + 1);
    } catch (IOException e) {
      throw new ProblemException(ProblemType.INVALID_BODY, "The body did not arrive");
    }
    if (bytes.length == 0) {
      return Optional.empty();
    }
    if (bytes.length > LARGEST) {
      throw new ProblemException(
          ProblemType.BODY_TOO_LARGE, "A body has at most " + LARGEST + " bytes");
    }
    MediaType mediaType = session.getContext().getHttpRequest().getHttpHeaders().getMediaType();
    if (mediaType == null || !mediaType.isCompatible(MediaType.APPLICATION_JSON_TYPE)) {
      throw new ProblemException(
          ProblemType.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json");
    }
    return Optional.of(parse(bytes, type));
  }

  static <T> T parse(byte[] bytes, Class<T> type) {
    try {
      T value = JSON.readValue(bytes, type);
      if (value == null) {
        throw new ProblemException(ProblemType.INVALID_BODY, "The body must be a JSON object");
      }
      return value;
    } catch (JsonMappingException e) {
      // Jackson's own words would repeat what was sent.
      String member =
          e.getPath().stream()
              .map(JsonMappingException.Reference::getFieldName)
              .collect(Collectors.joining("."));
      throw member.isEmpty()
          ? new ProblemException(ProblemType.INVALID_BODY, "The body must be a JSON object")
          : new ProblemException(
                  ProblemType.INVALID_BODY, "The body has a member that it cannot have so")
              .with("member", member);
    } catch (JsonProcessingException e) {
      throw new ProblemException(ProblemType.INVALID_BODY, "The body is not JSON");
    } catch (IOException e) {
      throw new ProblemException(ProblemType.INVALID_BODY, "The body did not arrive");
    }
  }
}
