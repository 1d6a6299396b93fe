package dev.ssologout.benchmark;

import dev.ssologout.launcher.RedisServer;
import java.util.List;

/** Many ended sessions that wait in an outbox, made of one that was captured. */
final class Backlog {
  private final String realmId;
  private final String payload;
  private final String metadata;
  private final String sid;
  private final String id;

  private Backlog(String realmId, String sid, List<String> row) {
    this.realmId = realmId;
    this.sid = sid;
    this.payload = row.get(0);
    this.metadata = row.get(1);
    this.id = row.get(2);
  }

  /** Has a session of the realm end while the Redis is away for that time. */
  static Backlog capture(Realm realm, RedisServer redis, Database database) {
    UserAgent agent = new UserAgent(realm);
    UserAgent.SignedIn session = agent.signIn(1);
    redis.stop();
    agent.signOut(session);
    List<String> row =
        database
            .query(
                "select payload, metadata, correlation_id from outbox_entry"
                    + " where entry_kind = 'sso-logout'")
            .get(0);
    database.update("delete from outbox_entry");
    redis.start();
    return new Backlog(realm.id(), session.sid(), row);
  }

  /** Puts rows of other sessions into an outbox, by one commit. */
  void pileUp(Database database, int rows) {
    database.update(
        """
        insert into outbox_entry (id, entry_kind, realm_id, owner_id, correlation_id, entry_type,
          payload, metadata, status, attempts, next_attempt_at, created_at)
        select gen_random_uuid(), 'sso-logout', ?, ?, other.id, 'dev.ssologout.session.ended.v1',
          replace(replace(?, ?, other.id), ?, other.sid), ?, 'PENDING', 0, now(), now()
        from (select gen_random_uuid()::text as id, 'sid-of-a-session-' || i as sid
          from generate_series(1, ?) as i) as other
        """,
        realmId,
        realmId,
        payload,
        id,
        sid,
        metadata,
        rows);
  }

  static boolean isEmpty(Database database) {
    return database.count("select count(*) from outbox_entry where status = 'PENDING'") == 0;
  }
}
