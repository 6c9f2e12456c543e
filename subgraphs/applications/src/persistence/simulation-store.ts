import { copyRows, json } from "@joinery/kit";
import type { SimulationDifference, SimulationPort } from "../app/simulation-ports.js";
import { simulatedOutbound } from "./simulated-outbound.js";

const columns = ["run_id", "what", "id", "other", "kind", "body"];

/** Of simulations that have planned something, the newest first. */
const planned = `select id from run where reads = 'simulation' and state = 'finished'
  order by created_at desc, id desc`;

/** What a simulation would have otherwise than it is, and how its plans differ from the last. */
export const simulationStore: SimulationPort = {
  async takeIdentities(tx, runId, identities) {
    const ids = identities.map(({ id }) => id);
    // A wave may compute somebody again, with more accounts: the newest counts.
    const dropped = await tx.execute(
      `delete from simulated where run_id = $1 and (what = 'identity' and id = any($2::uuid[])
         or what = 'join' and other = any($2::uuid[]))`, [runId, ids]);
    const joins = identities.flatMap(({ id, accounts }) => accounts
      .filter(({ joinKind }) => joinKind === "primary")
      .map(({ accountId }) => [runId, "join", accountId, id, null, "{}"]));
    const rows = identities.map(({ id, kind, attributes, classification, state }) =>
      [runId, "identity", id, id, kind, json({ attributes, classification, state })]);
    return (await copyRows(tx, "simulated", columns, [...rows, ...joins])) - dropped;
  },

  async takeMemberships(tx, runId, memberships) {
    const [row] = await tx.query<{ added: number }>(
      `with taken as (
         insert into simulated as s (run_id, what, id, other, body)
         select distinct on ("groupId", "memberId") $1::uuid, 'member', "groupId", "memberId",
           json_build_object('present', present, 'because', because)
         from jsonb_to_recordset($2::jsonb) as m("groupId" uuid, "memberId" uuid, present boolean,
           because jsonb)
         order by "groupId", "memberId", present desc
         on conflict (run_id, what, id, other) do update set body = excluded.body
         returning (xmax = 0) as fresh
       )
       select count(*) filter (where fresh)::int as added from taken`,
      [runId, JSON.stringify(memberships)]);
    return row?.added ?? 0;
  },

  async count(tx, runId) {
    const [row] = await tx.query<{ n: number }>(
      "select count(*)::int as n from simulated where run_id = $1", [runId]);
    return row?.n ?? 0;
  },

  async clear(tx, runId) {
    await tx.execute("delete from simulated where run_id = $1", [runId]);
  },

  outbound: simulatedOutbound,

  async lastAt(tx) {
    const [row] = await tx.query<{ at: Date | null }>(
      "select max(created_at) as at from run where reads = 'simulation'");
    return row?.at ?? null;
  },

  async before(tx, runId) {
    const [row] = await tx.query<{ id: string }>(
      `select b.id from run r join run b on b.reads = 'simulation' and b.state = 'finished'
         and (b.created_at, b.id) < (r.created_at, r.id)
       where r.id = $1 and r.reads = 'simulation' order by b.created_at desc, b.id desc limit 1`,
      [runId]);
    return row?.id ?? null;
  },

  async difference(tx, runId, before) {
    const hashesOf = (at: string) =>
      `select i.hash from wave w join item i on i.wave_id = w.id
       where w.run_id = ${at} and w.process = 'export'`;
    const [row] = await tx.query<SimulationDifference & Record<string, unknown>>(
      `select count(*) filter (where o.hash is null)::int as appeared,
         count(*) filter (where n.hash is null)::int as gone,
         count(*) filter (where n.hash is not null and o.hash is not null)::int as stayed
       from (${hashesOf("$1")}) n full join (${hashesOf("$2")}) o on o.hash = n.hash`,
      [runId, before]);
    return row ?? { appeared: 0, gone: 0, stayed: 0 };
  },

  async forgetOlder(tx) {
    await tx.execute(
      `delete from item where state = 'simulated' and wave_id in (
         select w.id from wave w where w.process = 'export' and w.run_id in (
           select id from run where reads = 'simulation'
             and state in ('finished', 'failed', 'discarded')
             and id not in (${planned} limit 2)))`);
  },
};
