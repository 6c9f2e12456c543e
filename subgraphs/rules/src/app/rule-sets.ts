import {
  ruleSetHash,
  validateRuleSet,
  type Problem,
  type RuleSet,
} from "@joinery/engine";
import {
  insertOutbox, rulesActionRecorded, sealEvents, type OutgoingEvent,
} from "@joinery/events";
import { permit, toEventActor, type TenantActor, type TenantTransaction } from "@joinery/kit";
import {
  ruleSetBytesMax, type RuleSetError, type RuleSetVersion,
} from "../domain/rule-set-version.js";
import { listApplicationViews } from "../persistence/application-view-store.js";
import {
  addDraft, findActive, findVersion, markPublished, pageVersions,
} from "../persistence/rule-set-store.js";
import type { Caller, Outcome, RulesDeps } from "./ports.js";
import { publishedEvents } from "./published-events.js";

/** All problems of a candidate against the organisation's applications; nothing is kept. */
export async function checkRuleSet(
  deps: RulesDeps,
  { actor }: Caller,
  candidate: unknown,
): Promise<readonly Problem[]> {
  const { tenant } = permit(actor, "rule:read");
  return deps.door.withTenant(tenant, async (tx) =>
    validateRuleSet(candidate, await listApplicationViews(tx)),
  );
}

/**
 * Keeps a rule set as the next version, a draft. Refused when it has problems, so that every
 * version there is can be published as far as its applications go. RULE_SET_INVALID,
 * RULE_SET_TOO_LARGE.
 */
export async function createRuleSet(
  deps: RulesDeps,
  caller: Caller,
  input: { readonly body: unknown; readonly note: string },
): Promise<Outcome<RuleSetVersion, RuleSetError>> {
  const actor = permit(caller.actor, "rule:write");
  const size = Buffer.byteLength(JSON.stringify(input.body ?? null));
  if (size > ruleSetBytesMax) {
    const message = `a rule set has at most ${ruleSetBytesMax} bytes`;
    return { ok: false, error: { code: "RULE_SET_TOO_LARGE", message } };
  }
  return deps.door.withTenant(actor.tenant, async (tx) => {
    const problems = validateRuleSet(input.body, await listApplicationViews(tx));
    if (problems.length > 0) return { ok: false, error: invalid(problems) };
    const body = input.body as RuleSet;
    const version = await addDraft(tx, {
      hash: ruleSetHash(body),
      body,
      note: input.note.slice(0, 1_000),
      createdBy: actor.id,
      createdAt: deps.clock(),
    });
    await record(deps, tx, { ...caller, actor }, "ruleSet.create", version);
    return { ok: true, value: version };
  });
}

/**
 * Publishes a draft: it leaves in chunks and becomes active when vault and applications both hold
 * it. Validated again, for applications may have changed. Publishing twice changes nothing.
 * RULE_SET_NOT_FOUND, RULE_SET_INVALID, RULE_SET_PUBLISHED for a retired version.
 */
export async function publishRuleSet(
  deps: RulesDeps,
  caller: Caller,
  version: number,
): Promise<Outcome<RuleSetVersion, RuleSetError>> {
  const actor = permit(caller.actor, "rule:write");
  return deps.door.withTenant(actor.tenant, async (tx) => {
    const found = await findVersion(tx, version);
    if (!found) {
      return {
        ok: false,
        error: { code: "RULE_SET_NOT_FOUND", message: "there is no such version" },
      };
    }
    if (found.state === "retired") {
      const message = "a retired version is not published again; create it as a new one";
      return { ok: false, error: { code: "RULE_SET_PUBLISHED", message } };
    }
    if (found.state !== "draft") return { ok: true, value: found };
    const problems = validateRuleSet(found.body, await listApplicationViews(tx));
    if (problems.length > 0) return { ok: false, error: invalid(problems) };
    const now = deps.clock();
    await markPublished(tx, version, now);
    const about = {
      tenant: tx.tenant, actor: toEventActor(actor), correlation: caller.requestId,
    };
    const events = publishedEvents(about, found);
    await insertOutbox(tx.client, await sealEvents(deps.keys.events, events));
    await record(deps, tx, { ...caller, actor }, "ruleSet.publish", found);
    return { ok: true, value: { ...found, state: "published", publishedAt: now } };
  });
}

export async function loadRuleSet(
  deps: RulesDeps,
  { actor }: Caller,
  version: number | null,
): Promise<RuleSetVersion | null> {
  const { tenant } = permit(actor, "rule:read");
  return deps.door.withTenant(tenant, (tx) =>
    version === null ? findActive(tx) : findVersion(tx, version),
  );
}

/** Newest first; one more than `first` when others follow. */
export async function listRuleSets(
  deps: RulesDeps,
  { actor }: Caller,
  first: number,
  before: number | null,
): Promise<RuleSetVersion[]> {
  const { tenant } = permit(actor, "rule:read");
  return deps.door.withTenant(tenant, (tx) => pageVersions(tx, first, before));
}

async function record(
  deps: RulesDeps,
  tx: TenantTransaction,
  { actor, requestId }: { actor: TenantActor; requestId: string },
  action: string,
  { version, hash, note }: RuleSetVersion,
): Promise<void> {
  const event: OutgoingEvent = {
    event: rulesActionRecorded,
    tenant: tx.tenant,
    actor: toEventActor(actor),
    correlation: requestId,
    payload: {
      action,
      target: { kind: "ruleSet", id: String(version) },
      outcome: "done",
      after: { hash, note },
    },
  };
  await insertOutbox(tx.client, await sealEvents(deps.keys.events, [event]));
}

function invalid(problems: readonly Problem[]): RuleSetError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return {
    code: "RULE_SET_INVALID",
    message: `${first?.path}: ${first?.message}${more}`,
    problems,
  };
}
