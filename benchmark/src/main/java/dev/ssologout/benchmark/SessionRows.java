package dev.ssologout.benchmark;

/** Sessions of a realm that are there without anybody having signed in: copies of one's rows. */
final class SessionRows {
  private SessionRows() {}

  /**
   * Copies a session, each with a start of its own.
   *
   * @param prefix what the new sids begin with, so that they differ from those of other calls
   */
  static void copy(Database database, String sid, String prefix, int count) {
    database.update(
        """
        insert into offline_user_session (user_session_id, user_id, realm_id, created_on,
          offline_flag, data, last_session_refresh, version, remember_me)
        select ? || i, user_id, realm_id, created_on - i % 20000, offline_flag, data,
          last_session_refresh, version, remember_me
        from offline_user_session, generate_series(1, ?) as i
        where user_session_id = ? and offline_flag = '0'
        """,
        prefix, count, sid);
    database.update(
        """
        insert into offline_client_session (user_session_id, client_id, offline_flag, timestamp,
          data, client_storage_provider, external_client_id, version, realm_id)
        select ? || i, client_id, offline_flag, timestamp, data, client_storage_provider,
          external_client_id, version, realm_id
        from offline_client_session, generate_series(1, ?) as i
        where user_session_id = ? and offline_flag = '0'
        """,
        prefix,
        count,
        sid);
    database.update("analyze offline_user_session");
    database.update("analyze offline_client_session");
  }
}
