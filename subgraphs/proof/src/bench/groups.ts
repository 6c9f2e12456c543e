import type { RuleSet } from "@joinery/engine";
import { querySql } from "../support/service-sql.js";
import { ends } from "../support/organisation.js";
import { openWorld, type World } from "../support/world.js";
import { patch, pushedApplication, pushGroup, pushUsers } from "./scim-client.js";

export interface GroupsBenchOptions {
  readonly small: number;
  readonly large: number;
  /** Changes that are measured in each group. */
  readonly changes: number;
  readonly say: (line: string) => void;
}

/** From the beginning of an import of changes to the planned export, the median. */
export interface GroupCost {
  readonly members: number;
  readonly seconds: number;
}

export interface GroupsBenchReport {
  readonly small: GroupCost;
  readonly large: GroupCost;
  /** Seconds of the large group to those of the small one. */
  readonly ratio: number;
}

const text = (name: string) => ({ name, type: "string" as const });
const direct = (id: string, from: string, to: string) =>
  ({ id, kind: "direct" as const, from, to });

const ruleSet: RuleSet = {
  format: 1,
  schema: { user: [text("login"), text("name")], group: [text("name")] },
  applications: {
    pushed: {
      user: { inbound: {
        joins: [{ id: "p.join", match: [{ account: "userName", identity: "login" }] }],
        mappers: [direct("p.login", "userName", "login"), direct("p.name", "displayName", "name")],
      } },
      group: { inbound: {
        joins: [{ id: "p.group", match: [{ account: "displayName", identity: "name" }] }],
        mappers: [direct("p.group-name", "displayName", "name")],
      } },
    },
    target: {
      user: { outbound: {
        provision: { id: "t.people", when: "identity.login != null" },
        otherwise: "delete",
        mappers: [direct("t.login", "login", "login"), direct("t.name", "name", "name")],
      } },
      group: { outbound: {
        provision: { id: "t.groups", when: "true" },
        otherwise: "delete",
        memberships: "own",
        mappers: [direct("t.group", "name", "name")],
      } },
    },
  },
};

/**
 * One member leaves a group or comes into it, as a client pushes it, again and again by turns in a
 * small and in a large group of the same application: what one change costs in each.
 */
export async function benchGroups(options: GroupsBenchOptions): Promise<GroupsBenchReport> {
  const { small, large, changes, say } = options;
  const world = await openWorld();
  try {
    const all = { least: 1_000_000, most: 1_000_000, sharePercent: 100, halfPercent: 100 };
    const { id, send } = await pushedApplication(world, {
      authoritativeFor: ["user", "group"], limits: { membershipRemoval: all, update: all },
    });
    await connectTarget(world);
    await world.organisation.publish(ruleSet);
    const users = await pushUsers(send, small);
    const groups = {
      small: await pushGroup(send, "Few", users),
      large: await pushGroup(send, "Everybody", users),
    };
    await pushMore(world, users[0] as string, groups.large, large - small);
    say(`${large} users, groups of ${small} and ${large} members`);
    const began = performance.now();
    const first = await world.organisation.run(id, 1_800_000);
    if (first.state !== "finished") throw new Error(`${first.state} ${first.code}`);
    const took = Math.round((performance.now() - began) / 1_000);
    say(`everything is imported and exported once, in ${took} s`);
    const seconds = { small: [] as number[], large: [] as number[] };
    for (let n = 0; n < changes; n += 1) {
      for (const size of ["small", "large"] as const) {
        const value = users[Math.floor(n / 2) % small] as string;
        const operation = n % 2 === 0
          ? { op: "remove", path: `members[value eq "${value}"]` }
          : { op: "add", path: "members", value: [{ value }] };
        await patch(send, `/Groups/${groups[size]}`, operation);
        seconds[size].push(await planSeconds(world, id));
      }
    }
    const cost = {
      small: { members: small, seconds: median(seconds.small) },
      large: { members: large, seconds: median(seconds.large) },
    };
    const ratio = Math.round((cost.large.seconds / cost.small.seconds) * 100) / 100;
    return { ...cost, ratio };
  } finally {
    await world.stop();
  }
}

/**
 * The pushed system gets more users like one that it has, all in one group: written into its tables
 * as a client's requests would have left them, for 100,000 of these take long.
 */
async function pushMore(world: World, like: string, group: string, count: number): Promise<void> {
  const ask = (text: string) => querySql(world.stack.databaseUrl, "applications", text);
  const schema = `t_${world.id}`;
  await ask(
    `with one as (
       select o.*, o.resource ->> 'userName' as name from ${schema}.pushed_object o
       where o.id = '${like}'
     ), more as (
       insert into ${schema}.pushed_object
         (id, application_id, kind, name_key, external_id, resource, search)
       select gen_random_uuid(), application_id, kind, 'more-' || n, 'm-' || n,
         replace(resource::text, name, 'more-' || n)::json,
         replace(search::text, name, 'more-' || n)::jsonb
       from one cross join generate_series(1, ${count}) n
       returning id, application_id
     )
     insert into ${schema}.pushed_member (group_id, member_id, application_id)
     select '${group}', id, application_id from more`);
  await ask(`analyze ${schema}.pushed_object, ${schema}.pushed_member`);
}

async function connectTarget({ organisation }: World): Promise<void> {
  const all = { least: 1_000_000, most: 1_000_000, sharePercent: 100, halfPercent: 100 };
  const id = await organisation.addApplication({
    key: "target", name: "Target", connector: "csv",
    limits: { update: all, membershipRemoval: all },
    configuration: {
      path: "people.csv", anchor: "login", name: "login", createWhenMissing: true,
      mayBeEmpty: true, columns: [{ name: "login" }, { name: "name" }],
      groups: {
        path: "groups.csv", anchor: "name", name: "name", columns: [{ name: "name" }],
        members: { path: "members.csv", group: "group", member: "member" },
      },
    },
  });
  const run = await organisation.run(id);
  if (run.state !== "finished") throw new Error(`${run.state} ${run.code} ${run.reason}`);
}

/** Imports what changed; seconds from the beginning of the run to the item in the queue. */
async function planSeconds(world: World, applicationId: string): Promise<number> {
  const { startRun } = await world.graph.ask<{ startRun: { run: { id: string } } }>(
    `mutation ($id: ID!) { startRun(applicationId: $id, changesOnly: true) {
       run { id } errors { code } } }`, { id: applicationId });
  const { id } = startRun.run;
  let run = await world.organisation.readRun(id);
  while (!ends.has(run.state)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    run = await world.organisation.readRun(id);
  }
  if (run.state !== "finished" || run.counts["itemsDone"] !== 1) {
    throw new Error(`${run.state} ${run.code} ${JSON.stringify(run.counts)}`);
  }
  const schema = `t_${world.id}`;
  const [row] = await querySql<{ seconds: number }>(world.stack.databaseUrl, "applications",
    `select extract(epoch from i.created_at - r.started_at)::float8 as seconds
     from ${schema}.item i join ${schema}.run r on r.id = i.run_id where r.id = '${id}'`);
  if (row === undefined) throw new Error("a change of a group plans an item");
  return row.seconds;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1_000) / 1_000;
}
