package dev.ssologout.rest;

import java.net.URI;

/**
 * A kind of error. Its URI does not change and is what a caller goes by (RFC 9457 section 3.1.1);
 * it names the kind and leads nowhere.
 *
 * @param name the last part of the URI, in lower case with hyphens
 * @param status the HTTP status that goes with it
 * @param title what it means, the same at every occurrence
 */
public record ProblemType(String name, int status, String title) {
  /** What every type begins with: a tag URI (RFC 4151). */
  public static final String PREFIX = "tag:ssologout.dev,2026:problem:";

  public static final ProblemType INVALID_PARAMETER =
      new ProblemType("invalid-parameter", 400, "A parameter has a value that it cannot have");
  public static final ProblemType UNKNOWN_PARAMETER =
      new ProblemType("unknown-parameter", 400, "There is no such parameter");
  public static final ProblemType INVALID_BODY =
      new ProblemType("invalid-body", 400, "The body is not what is asked for");
  public static final ProblemType UNAUTHENTICATED =
      new ProblemType("unauthenticated", 401, "The caller is not known");
  public static final ProblemType FORBIDDEN =
      new ProblemType("forbidden", 403, "The caller may not do this");
  public static final ProblemType INSUFFICIENT_SCOPE =
      new ProblemType("insufficient-scope", 403, "The access token is not good for this");
  public static final ProblemType CROSS_ORIGIN =
      new ProblemType("cross-origin", 403, "The request comes from a page of another origin");
  public static final ProblemType NOT_FOUND = new ProblemType("not-found", 404, "Not found");
  public static final ProblemType METHOD_NOT_ALLOWED =
      new ProblemType("method-not-allowed", 405, "There is no such method here");
  public static final ProblemType CONFLICT =
      new ProblemType("conflict", 409, "This cannot be done in the present state");
  public static final ProblemType PRECONDITION_FAILED =
      new ProblemType("precondition-failed", 412, "The state is not what the request supposes");
  public static final ProblemType BODY_TOO_LARGE =
      new ProblemType("body-too-large", 413, "The body is too large");
  public static final ProblemType UNSUPPORTED_MEDIA_TYPE =
      new ProblemType("unsupported-media-type", 415, "The body is not of this media type");
  public static final ProblemType TOO_MANY_REQUESTS =
      new ProblemType("too-many-requests", 429, "Too many requests");

  public URI uri() {
    return URI.create(PREFIX + name);
  }
}
