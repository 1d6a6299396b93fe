package dev.ssologout.rest.sessions;

import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.SecurityHeaders;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Map;
import org.keycloak.models.KeycloakSession;

/**
 * Answers what no method of a resource is for, so that this too is a problem of RFC 9457 and not
 * Keycloak's own kind of error.
 *
 * @param methods those that there are for a path
 * @param methodsOfSession those that there are for any other path of one segment
 */
record OtherRequests(Map<String, String> methods, String methodsOfSession) {

  /** The error: 405 where the path takes other methods, else 404. */
  ProblemException refuse(KeycloakSession session, String path) {
    SecurityHeaders.data(session);
    if (path.contains("/")) {
      return new ProblemException(ProblemType.NOT_FOUND, "There is nothing here");
    }
    String allowed = methods.getOrDefault(path, methodsOfSession);
    return new ProblemException(ProblemType.METHOD_NOT_ALLOWED, "The methods are " + allowed)
        .header(HttpHeaders.ALLOW, allowed);
  }
}
