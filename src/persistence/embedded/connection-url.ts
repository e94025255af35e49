/**
 * A connection through a unix socket as a URL. The socket's folder stands percent-encoded in the host's place: the one form
 * that `pg`, MikroORM and libpq all know.
 */
export function connectionUrl(connection: { host: string; port: number; user: string; database: string }): string {
  const { host, port, user, database } = connection;
  return `postgresql://${encodeURIComponent(user)}@${encodeURIComponent(host)}:${port}/${encodeURIComponent(database)}`;
}
