/** Server parameters by name, as `postgres -c name=value` takes them. */
export type PostgresSettings = Readonly<Record<string, string>>;

const mebibyte = 1024 * 1024;

/**
 * What an embedded server runs with; `settings` of the caller win. Nothing here trades safety
 * for speed: fsync, full_page_writes and synchronous_commit keep PostgreSQL's durable defaults.
 *
 * - `shared_buffers` a thirty-second of the memory, 64 to 256 MiB: Node shares the machine.
 * - `max_connections` six services × three roles × pools of at most five, twice over (a rolling
 *   restart), and a reserve.
 * - `max_wal_size`, `checkpoint_timeout`: bulk imports must not checkpoint every few seconds;
 *   a crash replays at most this much.
 * - `recovery_init_sync_method`: after a crash every file of six databases would be synced by
 *   itself, 3 to 8 s on a busy disk; one call for the file system takes 0.1 to 0.3 s.
 * - `max_locks_per_transaction`: a migration touches every table of an organisation's schema.
 * - `wal_compression` stays off: on two cores the processor is scarcer than the disk.
 * - `jit` off: it costs more than it gives on short set-based statements.
 * - Logs name codes, never values: no statements, no DETAIL (which quotes keys).
 */
export function postgresSettings(
  memoryBytes: number,
  settings: PostgresSettings,
): PostgresSettings {
  const share = Math.floor(memoryBytes / 32 / mebibyte);
  return {
    max_connections: "200",
    shared_buffers: `${Math.min(256, Math.max(64, share))}MB`,
    effective_cache_size: `${Math.max(128, Math.floor(memoryBytes / 3 / mebibyte))}MB`,
    work_mem: "16MB",
    maintenance_work_mem: "128MB",
    max_wal_size: "2GB",
    min_wal_size: "256MB",
    checkpoint_timeout: "15min",
    ...(process.platform === "linux" ? { recovery_init_sync_method: "syncfs" } : {}),
    random_page_cost: "1.1",
    jit: "off",
    max_locks_per_transaction: "256",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "on",
    log_directory: "log",
    log_filename: "postgresql-%a.log",
    log_rotation_age: "1d",
    log_rotation_size: "0",
    log_truncate_on_rotation: "on",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    ...settings,
  };
}

/** Loopback TCP only. Unix sockets are off: their paths are short and data folders may be long. */
export function postgresArguments(
  cluster: string,
  port: number,
  settings: PostgresSettings,
): string[] {
  const ours = { listen_addresses: "127.0.0.1", unix_socket_directories: "", port: String(port) };
  const pairs = Object.entries({ ...settings, ...ours });
  return ["-D", cluster, ...pairs.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}
