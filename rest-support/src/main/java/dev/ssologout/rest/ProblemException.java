package dev.ssologout.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import org.keycloak.models.KeycloakSession;
import org.keycloak.utils.KeycloakSessionUtil;

/**
 * Ends a request with an error that the caller gets as {@code application/problem+json} (RFC 9457).
 * The request's transaction is rolled back.
 */
public final class ProblemException extends WebApplicationException {
  /** The media type of RFC 9457. */
  public static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

  private final ProblemType type;
  private final Map<String, Object> members = new LinkedHashMap<>();
  private final Map<String, String> headers = new LinkedHashMap<>();

  /**
   * @param detail what is wrong in this request, for a person to read; never a secret
   */
  public ProblemException(ProblemType type, String detail) {
    super(detail, Response.Status.fromStatusCode(type.status()));
    this.type = type;
    members.put("type", type.uri());
    members.put("title", type.title());
    members.put("status", type.status());
    members.put("detail", detail);
  }

  /** Adds a member (RFC 9457 section 3.2) for programs to read. */
  public ProblemException with(String member, Object value) {
    members.put(member, value);
    return this;
  }

  /** Adds a response header. */
  public ProblemException header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  public ProblemType type() {
    return type;
  }

  /** The value of a member; {@code null} if there is none. */
  public Object member(String name) {
    return members.get(name);
  }

  @Override
  public Response getResponse() {
    KeycloakSession session = KeycloakSessionUtil.getKeycloakSession();
    if (session != null && session.getTransactionManager().isActive()) {
      // An exception that brings its response along passes by Keycloak's handler, which would.
      session.getTransactionManager().setRollbackOnly();
    }
    Response.ResponseBuilder response =
        Response.status(type.status()).type(MEDIA_TYPE).entity(members);
    headers.forEach(response::header);
    return response.build();
  }
}
