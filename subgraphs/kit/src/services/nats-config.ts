import { join } from "node:path";
import { isAtLeast } from "./nats-version.js";

/** Bounds of the event store. The store is never the record: PostgreSQL is. */
export interface JetStreamSettings {
  /** Disk for all file streams together, in bytes. 8 GiB by default. */
  maxFileBytes?: number | undefined;
  /** Memory for all memory streams together, in bytes. 256 MiB by default. */
  maxMemoryBytes?: number | undefined;
  /**
   * Flush every message to the disk before it is acknowledged; true by default, without effect
   * before server 2.10, which refuses the option and flushes every two minutes.
   */
  syncAlways?: boolean | undefined;
}

export interface NatsConfigInput {
  /** The server's own folder: store, log, pid file. */
  folder: string;
  port: number;
  token: string;
  version: string;
  jetStream: JetStreamSettings;
}

const gibibyte = 1024 ** 3;

/** 1 MiB, the default and upper bound of what Joinery's events are cut to. */
export const maxPayloadBytes = 1024 * 1024;

export function natsPidFile(folder: string): string {
  return join(folder, "nats.pid");
}

/** The configuration file. It holds the token, so that no command line does: write it 0600. */
export function natsConfig(input: NatsConfigInput): string {
  const { folder, port, token, version, jetStream } = input;
  const sync = (jetStream.syncAlways ?? true) && isAtLeast(version, "2.10.0");
  return [
    "# Written by Joinery at each start; changes are lost.",
    'host: "127.0.0.1"',
    `port: ${port}`,
    'server_name: "joinery"',
    `pid_file: ${quoted(natsPidFile(folder))}`,
    `log_file: ${quoted(join(folder, "nats.log"))}`,
    "logfile_size_limit: 10485760",
    ...(isAtLeast(version, "2.11.0") ? ["logfile_max_num: 3"] : []),
    `max_payload: ${maxPayloadBytes}`,
    `authorization { token: ${quoted(token)} }`,
    "jetstream {",
    `  store_dir: ${quoted(join(folder, "store"))}`,
    `  max_memory_store: ${jetStream.maxMemoryBytes ?? gibibyte / 4}`,
    `  max_file_store: ${jetStream.maxFileBytes ?? 8 * gibibyte}`,
    ...(sync ? ['  sync_interval: "always"'] : []),
    "}",
    "",
  ].join("\n");
}

/** NATS reads double-quoted strings with backslash escapes, of which JSON's are a part. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
