import { tenantSchema, type ServiceName } from "@joinery/kit";
import type { ConnectorMember, ConnectorObject } from "@joinery/connectors";
import type { Effect } from "../loopback/protocol.js";
import type { LoopbackSystem } from "../loopback/loopback-system.js";
import type { Look } from "./database.js";

export type Json = Readonly<Record<string, unknown>>;

export interface IdentityRow {
  readonly id: string;
  readonly kind: string;
  readonly attributes: Json;
  readonly state: string;
  readonly revision: number;
}

export interface AccountRow {
  readonly id: string;
  readonly application: string;
  readonly kind: string;
  readonly anchor: string | null;
  readonly name: string;
  readonly attributes: Json;
  readonly enabled: boolean | null;
  readonly state: string;
  readonly identityId: string | null;
}

export interface ItemRow {
  readonly id: string;
  readonly accountId: string;
  readonly application: string;
  readonly operation: string;
  readonly after: Json;
  readonly state: string;
}

export interface EntryRow {
  readonly position: number;
  readonly objectKind: string;
  readonly objectId: string;
  readonly identityId: string | null;
  readonly operation: string;
  readonly before: Json | null;
  readonly after: Json | null;
  readonly eventId: string;
}

export interface MailRow {
  readonly id: string;
  readonly recipient: string;
  readonly text: string;
  readonly state: string;
}

/** One target, as it is in itself. */
export interface TargetState {
  readonly objects: readonly ConnectorObject[];
  readonly members: readonly ConnectorMember[];
  readonly effects: readonly Effect[];
}

/** Everything that a verdict looks at, read while nothing moves. */
export interface State {
  readonly identities: readonly IdentityRow[];
  readonly accounts: readonly AccountRow[];
  readonly items: readonly ItemRow[];
  readonly entries: readonly EntryRow[];
  /** Runs that have not come to an end, or not to a good one: `id state code`. */
  readonly runs: readonly string[];
  /** Numbers that are missing or twice in an outbox. */
  readonly gaps: readonly string[];
  readonly targets: ReadonlyMap<string, TargetState>;
  /** Runs of the application that cannot be read. */
  readonly failedRuns: readonly string[];
  readonly mails: readonly MailRow[];
  /** `Message-ID`s that the mail server took. */
  readonly takenMails: ReadonlySet<string>;
}

/** What is outside of Joinery; `targets` by key of the application. */
export interface Outside {
  readonly targets: ReadonlyMap<string, LoopbackSystem>;
  readonly takenMails: ReadonlySet<string>;
}

/** Reads the whole state. */
export async function readState(
  look: Look,
  tenant: string,
  { targets, takenMails }: Outside,
): Promise<State> {
  const schema = tenantSchema(tenant);
  const from = <Row extends object>(service: ServiceName, sql: string) =>
    look.patientRows<Row & Record<string, unknown>>(service, sql.replaceAll("$schema", schema));
  const gaps: string[] = [];
  for (const service of ["applications", "vault", "rules", "crypto"] as const) {
    for (const row of await from<{ channel: string; n: number; last: number }>(service, gapsSql)) {
      gaps.push(`${service} numbered ${row.n} events on ${row.channel} up to ${row.last}`);
    }
  }
  const runs = await from<{ run: string }>("applications", runsSql);
  const failedRuns = await from<{ id: string }>("applications", failedRunsSql);
  return {
    identities: await from<IdentityRow>("vault", identitiesSql),
    accounts: await from<AccountRow>("applications", accountsSql),
    items: await from<ItemRow>("applications", itemsSql),
    entries: await from<EntryRow>("audit", entriesSql),
    runs: runs.map(({ run }) => run),
    gaps,
    targets: new Map([...targets].map(([key, system]) => [key, {
      objects: system.objects(), members: system.members(), effects: [...system.effects],
    }])),
    failedRuns: failedRuns.map(({ id }) => id),
    mails: await from<MailRow>("notify", mailsSql),
    takenMails: new Set(takenMails),
  };
}

const identitiesSql = `
  select id, kind, attributes, state, revision::float8 as revision from $schema.identity`;

const accountsSql = `
  select a.id, p.key as application, a.kind, a.anchor, a.name, a.attributes, a.enabled, a.state,
    a.identity_id as "identityId"
  from $schema.account a join $schema.application p on p.id = a.application_id
  -- Nobody is told of what is still in the sandbox.
  where p.phase <> 'sandbox'`;

const itemsSql = `
  select i.id::text as id, i.account_id as "accountId", p.key as application, i.operation,
    i.after, i.state
  from $schema.item i join $schema.application p on p.id = i.application_id
  where i.state <> 'simulated' order by i.id`;

const runsSql = `
  select concat_ws(' ', p.key, r.id, r.state, r.code) as run
  from $schema.run r join $schema.application p on p.id = r.application_id
  where r.state <> case when p.key = 'broken' then 'failed' else 'finished' end
    -- Made way for a snapshot, which told what it brought.
    and not (r.state = 'failed' and r.code = 'RESTATED')`;

const failedRunsSql = `
  select r.id::text as id from $schema.run r join $schema.application p on p.id = r.application_id
  where p.key = 'broken' and r.state = 'failed'`;

const mailsSql = `
  select id::text as id, recipient, text, state from $schema.message`;

const entriesSql = `
  select position::float8 as position, object_kind as "objectKind", object_id as "objectId",
    identity_id as "identityId", operation, before, after, event_id as "eventId"
  from $schema.entry order by position`;

const gapsSql = `
  select channel, count(*)::float8 as n, max(seq)::float8 as last from joinery.outbox
  where seq is not null group by channel
  having count(*) <> max(seq) or count(distinct seq) <> max(seq)`;
