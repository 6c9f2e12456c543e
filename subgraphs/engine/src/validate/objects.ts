import { normalisers, objectKinds, type ApplicationContext, type ObjectKind } from "../model.js";
import { suggestion } from "../names.js";
import { scopeOf } from "../scopes.js";
import { checkId, identitySide, ruleSetLimits, type Context } from "./context.js";
import { checkCondition } from "./expressions.js";
import { checkMappers, checkSource } from "./mappers.js";
import type { Path, Problems } from "./problems.js";

export function checkApplications(context: Context, value: unknown, path: Path): void {
  const { problems } = context;
  const applications = problems.object(value, path);
  if (applications === undefined) return;
  const keys = Object.keys(applications);
  if (keys.length > ruleSetLimits.applications) {
    problems.add("RULE_TOO_LARGE", path, `at most ${ruleSetLimits.applications} applications`);
    return;
  }
  const known = context.applications.map((each) => each.key);
  for (const key of keys) {
    const application = context.applications.find((each) => each.key === key);
    if (application === undefined) {
      const offer = suggestion(key, known) || `; there is ${known.join(", ") || "none yet"}`;
      const message = `there is no application "${key}"${offer}`;
      problems.add("RULE_UNKNOWN_APPLICATION", path.at(key), message);
      continue;
    }
    checkApplication(context, applications[key], path.at(key), application);
  }
}

function checkApplication(
  context: Context,
  value: unknown,
  path: Path,
  application: ApplicationContext,
): void {
  const rules = context.problems.object(value, path, objectKinds);
  if (rules === undefined) return;
  for (const kind of objectKinds) {
    if (rules[kind] === undefined) continue;
    const here = path.at(kind);
    if (application.schema[kind] === undefined) {
      const message = `"${application.key}" has no ${kind}s`;
      context.problems.add("RULE_UNKNOWN_KIND", here, message);
      continue;
    }
    const object = context.problems.object(rules[kind], here, ["inbound", "outbound"]);
    if (object === undefined) continue;
    const place = { context, application, kind };
    if (object["inbound"] !== undefined) checkInbound(place, object["inbound"], here.at("inbound"));
    if (object["outbound"] !== undefined) {
      checkOutbound(place, object["outbound"], here.at("outbound"));
    }
  }
}

interface Place {
  readonly context: Context;
  readonly application: ApplicationContext;
  readonly kind: ObjectKind;
}

function checkInbound(place: Place, value: unknown, path: Path): void {
  const { context, application, kind } = place;
  const { problems } = context;
  const inbound = problems.object(value, path, ["joins", "mappers", "precedence"]);
  if (inbound === undefined) return;
  const precedence = inbound["precedence"];
  if (
    precedence !== undefined &&
    (!Number.isInteger(precedence) || Math.abs(Number(precedence)) > 1e6)
  ) {
    problems.shape(precedence, path.at("precedence"), "a whole number up to a million");
  }
  const joins = problems.list(inbound["joins"], path.at("joins"), ruleSetLimits.joins);
  for (const [at, join] of joins.entries()) checkJoin(place, join, path.at("joins").at(at));
  checkMappers(context, inbound["mappers"], path.at("mappers"), {
    side: { kind: "account", schema: application.schema[kind] ?? [] },
    target: context.vault[kind],
    targetName: `the vault's ${kind}`,
  });
}

function checkJoin(place: Place, value: unknown, path: Path): void {
  const { context } = place;
  const { problems } = context;
  const join = problems.object(value, path, ["id", "match"]);
  if (join === undefined) return;
  checkId(context, join["id"], path.at("id"));
  const match = problems.list(join["match"], path.at("match"), ruleSetLimits.comparisons);
  if (Array.isArray(join["match"]) && match.length === 0) {
    problems.shape(join["match"], path.at("match"), "at least one comparison");
  }
  for (const [at, each] of match.entries()) checkComparison(place, each, path.at("match").at(at));
}

function checkComparison({ context, application, kind }: Place, value: unknown, path: Path): void {
  const { problems } = context;
  const comparison = problems.object(value, path, ["account", "identity", "normalise"]);
  if (comparison === undefined) return;
  const account = { kind: "account", schema: application.schema[kind] ?? [] } as const;
  const identity = { kind: "identity", schema: context.vault[kind], bare: true } as const;
  for (const [name, side] of [
    ["account", account],
    ["identity", identity],
  ] as const) {
    const type = checkSource(context, comparison[name], path.at(name), { side });
    const of = type?.name === "list" ? type.of?.name : type?.name;
    if (of === "reference" || of === "bool" || of === "double") {
      const message = "people are found by text, integers or dates, not by values of this type";
      problems.add("RULE_JOIN_TYPE", path.at(name), message);
    }
  }
  const wanted = comparison["normalise"];
  const list = problems.optionalList(wanted, path.at("normalise"), normalisers.length);
  for (const [at, each] of list.entries()) {
    problems.word(each, path.at("normalise").at(at), normalisers);
  }
}

function checkOutbound(place: Place, value: unknown, path: Path): void {
  const { context, application, kind } = place;
  const { problems } = context;
  const known = [
    "provision",
    "enabled",
    "otherwise",
    "deleteAfterDays",
    "mappers",
    "memberships",
  ];
  const outbound = problems.object(value, path, known);
  if (outbound === undefined) return;
  checkRule(place, outbound["provision"], path.at("provision"));
  if (outbound["enabled"] !== undefined) checkRule(place, outbound["enabled"], path.at("enabled"));
  const words = ["keep", "disable", "delete"] as const;
  const otherwise = problems.word(outbound["otherwise"], path.at("otherwise"), words);
  if (otherwise === "disable" && outbound["enabled"] === undefined) {
    const message =
      'who comes back would stay disabled: an `enabled` rule is needed, `"when": "true"` will do';
    problems.add("RULE_ENABLED_MISSING", path.at("otherwise"), message);
  }
  checkDeleteAfter(problems, outbound["deleteAfterDays"], otherwise, path.at("deleteAfterDays"));
  if (outbound["memberships"] !== undefined) {
    problems.word(outbound["memberships"], path.at("memberships"), ["all", "own", "none"]);
    if (kind !== "group") {
      const message = "only groups have memberships";
      problems.add("RULE_UNKNOWN_PROPERTY", path.at("memberships"), message);
    }
  }
  checkMappers(context, outbound["mappers"], path.at("mappers"), {
    side: { ...identitySide(context, kind), numbered: true },
    target: application.schema[kind] ?? [],
    targetName: `"${application.key}" ${kind}`,
  });
}

const daysMax = 3_650;

function checkDeleteAfter(
  problems: Problems,
  days: unknown,
  otherwise: string | undefined,
  path: Path,
): void {
  if (days === undefined) return;
  const isWhole = typeof days === "number" && Number.isInteger(days);
  if (!isWhole || days < 1 || days > daysMax) {
    problems.shape(days, path, `a whole number of days from 1 to ${daysMax}`);
  } else if (otherwise === "delete") {
    const message = "with `delete` an account is deleted at once: say keep or disable";
    problems.add("RULE_UNKNOWN_PROPERTY", path, message);
  }
}

function checkRule({ context, kind }: Place, value: unknown, path: Path): void {
  const rule = context.problems.object(value, path, ["id", "when"]);
  if (rule === undefined) return;
  checkId(context, rule["id"], path.at("id"));
  const scope = scopeOf(identitySide(context, kind));
  checkCondition(context, rule["when"], path.at("when"), scope);
}
