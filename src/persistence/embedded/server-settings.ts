import { SOCKET_PORT } from './socket-dir.js';

/** PostgreSQL's settings, given on its command line so that every release starts an old cluster with its own. */
export function serverSettings(socketDir: string): Record<string, string> {
  return {
    // Nothing on TCP; the socket's folder is private.
    listen_addresses: '',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: String(SOCKET_PORT),
    // One gateway: its pools (about 30) and room for a look by hand.
    max_connections: '60',
    // Young tables grow fast: plans made by guess should not last a minute.
    autovacuum_naptime: '10s',
    shared_buffers: '128MB',
    // An acknowledged row survives a power cut. Stated because everything else relies on it.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    // The gateway's statements are short: compiling them costs more than it saves, and parallel workers want
    // /dev/shm, of which containers have 64 MB.
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    max_parallel_maintenance_workers: '0',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Errors of statements go to the client. In the log they would put prompts and outputs on disk.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
  };
}
