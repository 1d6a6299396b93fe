package dev.ssologout.rest.sessions;

import jakarta.persistence.EntityManager;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.TypedQuery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.PersistentClientSessionEntity;
import org.keycloak.storage.StorageId;

/**
 * Finds stored sessions in an order, a page at a time, without reading what comes before the page
 * or much of what comes after it.
 *
 * <p>Keycloak's indexes are sorted by time only within one realm, one kind of session and one state
 * of remember-me. A search therefore reads from several <em>runs</em>, each sorted in its index,
 * and merges them; sessions of the same second come run by run, so that the order does not hang on
 * how the database compares text. What no index serves (the address, the time that is not sorted
 * by, who may see the session) is tried on each row, and a search gives up after a number of rows
 * with a {@link Cursor} from which to go on.
 */
final class SessionSearch {
  /** How many rows the search for a page looks at. */
  private static final int MOST_ROWS_FOR_PAGE = 2_000;

  /** How many rows the search for all looks at. */
  private static final int MOST_ROWS = 10_000;

  /** The same for both where each user is looked up to know whether the caller may see them. */
  private static final int MOST_ROWS_BY_USER = 500;

  /** How many rows are read at once. */
  private static final int CHUNK = 500;

  private static final List<RunKind> RUNS = runKinds();

  private final EntityManager entityManager;
  private final RealmModel realm;
  private final SessionFilter filter;
  private final SessionOrder order;
  private final Predicate<String> seesUser;
  private final ClientModel client;
  private final boolean nothing;
  private boolean withData = true;

  /** Keycloak has no value for remember-me in rows from before it kept one. */
  private record RunKind(int number, boolean offline, Boolean rememberMe) {}

  /**
   * @param rows in order
   * @param next where more may follow; {@code null} where the search came to the end
   */
  record Result(List<SessionRow> rows, Cursor next) {}

  /**
   * @param seesUser by the user's id, whether the caller may see the user's sessions; {@code null}
   *     for a caller who may see them all
   */
  SessionSearch(
      KeycloakSession session,
      RealmModel realm,
      SessionFilter filter,
      SessionOrder order,
      Predicate<String> seesUser) {
    this.entityManager = session.getProvider(JpaConnectionProvider.class).getEntityManager();
    this.realm = realm;
    this.filter = filter;
    this.order = order;
    this.seesUser = seesUser;
    this.client = filter.client() == null ? null : realm.getClientByClientId(filter.client());
    this.nothing = filter.client() != null && client == null;
  }

  static int runs() {
    return RUNS.size();
  }

  /** Leaves out what is shown of a session but not needed to find it. */
  SessionSearch withoutData() {
    withData = filter.ipAddress() != null;
    return this;
  }

  /**
   * Finds sessions for one page.
   *
   * @param after the place to go on from; {@code null} for the beginning
   * @param count how many sessions to find at most
   */
  Result find(Cursor after, int count) {
    return find(after, count, seesUser == null ? MOST_ROWS_FOR_PAGE : MOST_ROWS_BY_USER);
  }

  /** Finds as many sessions as one search can. */
  Result findAll(Cursor after) {
    int most = seesUser == null ? MOST_ROWS : MOST_ROWS_BY_USER;
    return find(after, most, most);
  }

  private Result find(Cursor after, int count, int mostRows) {
    List<SessionRow> found = new ArrayList<>();
    if (nothing) {
      return new Result(found, null);
    }
    long now = Time.currentTimeMillis();
    Sight sight = new Sight();
    List<Run> runs = new ArrayList<>();
    for (RunKind kind : RUNS) {
      if (filter.offline() == null || filter.offline() == kind.offline()) {
        runs.add(new Run(kind, after, Math.min(CHUNK, count + 1)));
      }
    }
    Cursor last = after;
    for (int looked = 0; ; looked++) {
      Run first = null;
      for (Run run : runs) {
        if (run.peek() != null && (first == null || comesBefore(run.peek(), first.peek()))) {
          first = run;
        }
      }
      if (first == null) {
        return new Result(found, null);
      }
      if (found.size() == count || looked == mostRows) {
        return new Result(found, last);
      }
      SessionRow row = first.take();
      last = new Cursor(first.kind.number(), second(row), row.sid());
      if (sight.has(row, now)) {
        found.add(row);
      }
    }
  }

  /** Strictly: of sessions of the same second, those of the earlier run come first. */
  private boolean comesBefore(SessionRow a, SessionRow b) {
    return order.ascending() ? second(a) < second(b) : second(a) > second(b);
  }

  private int second(SessionRow row) {
    return order.byStart() ? row.started() : row.lastAccess();
  }

  /** What the search is for, row by row; asks once for each user. */
  private final class Sight {
    private final Map<String, Boolean> users = new HashMap<>();
    private final SecondRange started = filter.started();
    private final SecondRange lastAccess = filter.lastAccess();

    boolean has(SessionRow row, long now) {
      return row.isAlive(realm, now)
          && started.has(row.started())
          && lastAccess.has(row.lastAccess())
          && (filter.ipAddress() == null || filter.ipAddress().equals(row.data().ipAddress()))
          && (seesUser == null || users.computeIfAbsent(row.userId(), seesUser::test));
    }
  }

  /** One run, read in chunks. */
  private final class Run {
    private final RunKind kind;
    private final Deque<SessionRow> chunk = new ArrayDeque<>();
    private final SecondRange range = order.byStart() ? filter.started() : filter.lastAccess();
    private int chunkSize;
    private Integer second;
    private String sid;
    private boolean end;

    Run(RunKind kind, Cursor after, int firstChunk) {
      this.kind = kind;
      this.chunkSize = firstChunk;
      this.end = range.isEmpty();
      if (after != null) {
        // Of the cursor's second, earlier runs have been passed and later ones have not begun.
        if (kind.number() == after.run()) {
          second = after.second();
          sid = after.sid();
        } else {
          int step = order.ascending() ? 1 : -1;
          second = after.second() + (kind.number() < after.run() ? step : 0);
        }
      }
    }

    SessionRow peek() {
      if (chunk.isEmpty() && !end) {
        fill();
      }
      return chunk.peek();
    }

    SessionRow take() {
      SessionRow row = chunk.remove();
      second = second(row);
      sid = row.sid();
      return row;
    }

    private void fill() {
      if (sid != null) {
        read(new SecondRange(second, second), sid);
      }
      if (chunk.size() < chunkSize) {
        SecondRange rest = range;
        if (second != null) {
          int step = sid == null ? 0 : 1;
          rest =
              rest.and(
                  order.ascending()
                      ? new SecondRange((long) second + step, Integer.MAX_VALUE)
                      : new SecondRange(0, (long) second - step));
        }
        if (!rest.isEmpty()) {
          read(rest, null);
        }
        end = chunk.size() < chunkSize;
      }
      chunkSize = CHUNK;
    }

    /** Two queries, each of which an index answers, take the place of one with an "or". */
    private void read(SecondRange seconds, String afterSid) {
      String direction = order.ascending() ? "asc" : "desc";
      TypedQuery<Object[]> query =
          entityManager.createQuery(
              "select us.userSessionId, us.userId, us.createdOn, us.lastSessionRefresh, "
                  + (withData || kind.rememberMe() == null ? "us.data" : "''")
                  + " from PersistentUserSessionEntity us"
                  + " where us.realmId = :realmId and us.offline = :offline and us.rememberMe "
                  + (kind.rememberMe() == null ? "is null" : "= :rememberMe")
                  + " and us."
                  + order.attribute()
                  + (seconds.from() == seconds.to() ? " = :from" : " between :from and :to")
                  + (afterSid == null
                      ? ""
                      : " and us.userSessionId " + (order.ascending() ? ">" : "<") + " :sid")
                  + (filter.user() == null ? "" : " and us.userId = :userId")
                  + (client == null ? "" : " and exists (" + takesPart() + ")")
                  + " order by us."
                  + order.attribute()
                  // A user's sessions are found by the user; without this the database may rather
                  // walk through all sessions in their order.
                  + (filter.user() == null ? " " : " + 0 ")
                  + direction
                  + ", us.userSessionId "
                  + direction,
              Object[].class);
      query.setParameter("realmId", realm.getId());
      query.setParameter("offline", JpaSessionUtil.offlineToString(kind.offline()));
      if (kind.rememberMe() != null) {
        query.setParameter("rememberMe", kind.rememberMe());
      }
      query.setParameter("from", (int) seconds.from());
      if (seconds.from() != seconds.to()) {
        query.setParameter("to", (int) seconds.to());
      }
      if (afterSid != null) {
        query.setParameter("sid", afterSid);
      }
      if (filter.user() != null) {
        query.setParameter("userId", filter.user());
      }
      if (client != null) {
        nameClient(query);
      }
      query
          .setMaxResults(chunkSize - chunk.size())
          .setFlushMode(FlushModeType.COMMIT)
          .getResultList()
          .forEach(columns -> chunk.add(row(columns)));
    }

    private SessionRow row(Object[] columns) {
      boolean needsData = withData || kind.rememberMe() == null;
      SessionData data = needsData ? SessionData.parse((String) columns[4]) : null;
      return new SessionRow(
          (String) columns[0],
          kind.offline(),
          (String) columns[1],
          (Integer) columns[2],
          (Integer) columns[3],
          kind.rememberMe() == null ? data.rememberMe() : kind.rememberMe(),
          data);
    }
  }

  private static String takesPart() {
    return "select 1 from PersistentClientSessionEntity cs"
        + " where cs.userSessionId = us.userSessionId and cs.offline = us.offline"
        + " and cs.clientId = :clientId and cs.clientStorageProvider = :clientStorageProvider"
        + " and cs.externalClientId = :externalClientId";
  }

  private void nameClient(TypedQuery<?> query) {
    StorageId id = new StorageId(client.getId());
    boolean local = id.isLocal();
    query
        .setParameter("clientId", local ? client.getId() : PersistentClientSessionEntity.EXTERNAL)
        .setParameter(
            "clientStorageProvider",
            local ? PersistentClientSessionEntity.LOCAL : id.getProviderId())
        .setParameter(
            "externalClientId", local ? PersistentClientSessionEntity.LOCAL : id.getExternalId());
  }

  private static List<RunKind> runKinds() {
    List<RunKind> kinds = new ArrayList<>();
    for (boolean offline : new boolean[] {false, true}) {
      for (Boolean rememberMe : new Boolean[] {false, true, null}) {
        kinds.add(new RunKind(kinds.size(), offline, rememberMe));
      }
    }
    return List.copyOf(kinds);
  }
}
