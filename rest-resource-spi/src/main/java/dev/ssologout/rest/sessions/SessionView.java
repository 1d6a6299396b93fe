package dev.ssologout.rest.sessions;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A session as callers see it; a member that does not apply or is not known is left out. Times are
 * ISO 8601 with an offset of zero.
 *
 * @param current whether it is the caller's own, for users only
 * @param userId for administrators only, as is {@code username}
 * @param expires when it ends if nobody uses it before
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SessionView(
    String sid,
    boolean offline,
    Boolean current,
    String userId,
    String username,
    String started,
    String lastAccess,
    String expires,
    boolean rememberMe,
    String ipAddress,
    String browser,
    String os,
    boolean mobile,
    List<Client> clients) {

  /**
   * A client that takes part in the session.
   *
   * @param name as users know it
   * @param url where users find it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Client(String clientId, String name, String url) {}

  /**
   * @param next the cursor of the next page; left out where there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Page(List<SessionView> sessions, String next) {}
}
