import { canonicalJson } from "../canonical.js";
import { text } from "../language/types.js";
import { objectKinds, type ApplicationContext, type ObjectKind, type Problem } from "../model.js";
import { scopeOf } from "../scopes.js";
import { checkId, identitySide, ruleSetLimits, type Context } from "./context.js";
import { checkCondition, checkExpression } from "./expressions.js";
import { checkMappers } from "./mappers.js";
import { checkApplications } from "./objects.js";
import { Path, Problems } from "./problems.js";
import { readSchema } from "./schema.js";

const properties = ["format", "schema", "applications", "classifications", "groups"];
const codeMax = 32_767;

/**
 * All problems of a rule set, each with a stable code, the place as a JSON pointer (RFC 6901) and a
 * sentence that says what would be right. Empty: the candidate is a `RuleSet` that
 * `compileEngine` takes. Never throws, whatever it is given.
 */
export function validateRuleSet(
  candidate: unknown,
  applications: readonly ApplicationContext[],
): readonly Problem[] {
  const problems = new Problems();
  const root = new Path();
  if (!isBoundedJson(candidate, problems, root)) return problems.found;
  const ruleSet = problems.object(candidate, root, properties);
  if (ruleSet === undefined) return problems.found;
  if (ruleSet["format"] !== 1) problems.shape(ruleSet["format"], root.at("format"), "the number 1");
  const context: Context = {
    problems,
    applications,
    vault: readSchema(problems, ruleSet["schema"], root.at("schema")),
    ids: new Map(),
    classifications: readClassificationIds(ruleSet["classifications"]),
  };
  checkApplications(context, ruleSet["applications"], root.at("applications"));
  checkClassifications(context, ruleSet["classifications"], root.at("classifications"));
  checkGroups(context, ruleSet["groups"], root.at("groups"));
  return problems.found;
}

function isBoundedJson(candidate: unknown, problems: Problems, root: Path): boolean {
  try {
    const bytes = Buffer.byteLength(canonicalJson(candidate));
    if (bytes <= ruleSetLimits.bytes) return true;
    problems.add("RULE_TOO_LARGE", root, `at most ${ruleSetLimits.bytes} bytes, not ${bytes}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.add("RULE_SHAPE", root, `a rule set is JSON: ${reason}`);
  }
  return false;
}

/** Ids that can be read; whatever is wrong with the others is told in its place. */
function readClassificationIds(value: unknown): Context["classifications"] {
  const ids: Record<ObjectKind, string[]> = { user: [], group: [] };
  for (const each of Array.isArray(value) ? (value as readonly unknown[]) : []) {
    if (typeof each !== "object" || each === null || !("id" in each && "kind" in each)) continue;
    if (typeof each.id !== "string" || (each.kind !== "user" && each.kind !== "group")) continue;
    ids[each.kind].push(each.id);
  }
  return ids;
}

function checkClassifications(context: Context, value: unknown, path: Path): void {
  const { problems } = context;
  const codes = new Map<number, string>();
  const list = problems.optionalList(value, path, ruleSetLimits.classifications);
  for (const [at, each] of list.entries()) {
    const here = path.at(at);
    const given = problems.object(each, here, ["id", "code", "kind", "when"]);
    if (given === undefined) continue;
    checkId(context, given["id"], here.at("id"));
    checkCode(problems, codes, given["code"], here.at("code"));
    const kind = problems.word(given["kind"], here.at("kind"), objectKinds);
    if (kind === undefined) continue;
    const scope = scopeOf({ kind: "identity", schema: context.vault[kind], bare: true });
    checkCondition(context, given["when"], here.at("when"), scope);
  }
}

function checkCode(
  problems: Problems,
  codes: Map<number, string>,
  value: unknown,
  path: Path,
): void {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > codeMax) {
    problems.add("RULE_CODE_INVALID", path, `a code is a whole number from 1 to ${codeMax}`);
    return;
  }
  const first = codes.get(value as number);
  if (first === undefined) codes.set(value as number, path.pointer);
  else
    problems.add("RULE_DUPLICATE_CODE", path, `${String(value)} is the code of ${first} already`);
}

function checkGroups(context: Context, value: unknown, path: Path): void {
  const { problems } = context;
  for (const [at, each] of problems.optionalList(value, path, ruleSetLimits.groups).entries()) {
    const here = path.at(at);
    const rule = problems.object(each, here, ["id", "each", "mappers"]);
    if (rule === undefined) continue;
    checkId(context, rule["id"], here.at("id"));
    const scope = scopeOf(identitySide(context, "user"));
    const found = checkExpression(context, rule["each"], here.at("each"), scope);
    const type = found?.type;
    const item = type?.name === "list" ? (type.of ?? text) : type;
    if (item !== undefined && !["text", "any", "absent"].includes(item.name)) {
      const message = "`each` must yield text or a list of texts: the keys of the groups";
      problems.add("RULE_EXPRESSION_TYPE", here.at("each"), message);
    }
    checkMappers(context, rule["mappers"], here.at("mappers"), {
      side: { kind: "key" },
      target: context.vault.group,
      targetName: "the vault's group",
    });
  }
}
