import type { Channel, Envelope } from "@joinery/events";
import type pg from "pg";

/** A lane held by a worker of this process. */
export interface Claim {
  readonly tenant: string;
  readonly channel: Channel;
  /** Counts the claims of the lane; an effect commits only under the newest. */
  readonly fence: string;
  /** No ready message stands below this position. */
  readonly floor: string;
  /** The last worker died, or lost the lane, over its first message. */
  readonly abandoned: boolean;
}

/** Where a message lies in the inbox. */
export interface InboxKey {
  readonly producer: string;
  readonly channel: Channel;
  readonly epoch: number;
  readonly seq: string;
}

export interface InboxRow extends InboxKey {
  readonly position: string;
  readonly wave_id: string | null;
  readonly wave_batch: number | null;
  readonly manifest: boolean;
  readonly attempts: number;
  readonly losses: number;
  /** A failed message waits until then, and its lane with it. */
  readonly waits: boolean;
  readonly envelope: Envelope;
  readonly payload: Buffer;
}

/** Statements of lane workers under the service's own role, outside any tenant. */
export class LaneStore {
  readonly #pool: pg.Pool;
  readonly #worker: string;
  readonly #leaseMs: number;

  constructor(pool: pg.Pool, worker: string, leaseMs: number) {
    this.#pool = pool;
    this.#worker = worker;
    this.#leaseMs = leaseMs;
  }

  async claim(channel: Channel): Promise<Claim | undefined> {
    const { rows } = await this.#pool.query<Omit<Claim, "channel">>({
      name: "joinery-claim",
      text: "select tenant, fence, floor, abandoned from joinery.claim_lane($1, $2, $3)",
      values: [channel, this.#worker, this.#leaseMs],
    });
    const row = rows[0];
    return row && { ...row, channel };
  }

  /** Answers false when another worker has the lane. */
  async renew({ tenant, channel, fence }: Claim): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `update joinery.lane
       set leased_until = clock_timestamp() + $4 * interval '1 millisecond'
       where tenant = $1 and channel = $2 and fence = $3`,
      [tenant, channel, fence, this.#leaseMs],
    );
    return rowCount === 1;
  }

  /** Milliseconds until the lane is due again; null when it is empty or another has it. */
  async release({ tenant, channel, fence }: Claim): Promise<number | null> {
    const { rows } = await this.#pool.query<{ due_ms: number | null }>({
      name: "joinery-release",
      text: "select due_ms from joinery.release_lane($1, $2, $3)",
      values: [tenant, channel, fence],
    });
    return rows[0]?.due_ms ?? null;
  }

  /**
   * The next messages of the lane, in order, within bounds; always at least one where there is one.
   */
  async next({ tenant, channel, floor }: Claim): Promise<InboxRow[]> {
    const { rows } = await this.#pool.query<InboxRow>({
      name: "joinery-next",
      text: next,
      values: [tenant, channel, readCountMax, readBytesMax, floor],
    });
    return rows;
  }
}

const readCountMax = 32;
const readBytesMax = 2 * 1024 * 1024;

const columns = `producer, channel, epoch, seq, position, wave_id, wave_batch, manifest, attempts,
  losses, coalesce(retry_at > clock_timestamp(), false) as waits, envelope, payload`;

const next = `
  select * from (
    select *, sum(octet_length(payload)) over (order by position) - octet_length(payload) as before
    from (
      select ${columns} from joinery.inbox
      where tenant = $1 and channel = $2 and state = 'ready' and position >= $5
      order by position limit $3
    ) first
  ) measured where before < $4 order by position`;
