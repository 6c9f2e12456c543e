/**
 * How many people one core decides about in a second of its time. After `tsc -b`:
 * `node bench/bench.mjs [--json] [--seconds 3] [--only inbound]`. There are no bars here: they are
 * in the README with the machine that reached them.
 */
import { createSecretKey, randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { compileEngine, itemHash, planAccount, validateRuleSet } from "../dist/index.js";
import { applications, makeAccounts, ruleSet } from "./sample.mjs";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    seconds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
  },
});
const now = "2026-11-21T08:00:00.000Z";
const problems = validateRuleSet(ruleSet, applications);
if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2));
const engine = compileEngine(ruleSet);
const accounts = makeAccounts(10_000);
const identities = accounts.map((account) => inbound(account).identity);
const schema = applications[1].schema.user;
const key = createSecretKey(randomBytes(32));

function inbound(account) {
  const mapped = engine.mapInbound(account, now);
  const { attributes } = engine.fold("user", mapped.contributions);
  const { code } = engine.classify("user", attributes, now);
  const keys = engine.identityKeys("user", attributes);
  const identity = { id: account.id, kind: "user", attributes, classification: code };
  return { identity, keys };
}

function outboundCreate(identity) {
  const desired = engine.desire("directory", identity, now);
  const { items } = planAccount({ desired, account: null, schema });
  const object = {
    application: "directory",
    kind: "user",
    identity: identity.id,
    account: identity.id,
  };
  return items.map((item) => itemHash(key, object, item));
}

const asIs = new Map(identities.map((each) => [each.id, accountOf(each)]));

function accountOf(identity) {
  const desired = engine.desire("directory", identity, now);
  return {
    id: identity.id,
    application: "directory",
    kind: "user",
    anchor: identity.id,
    name: identity.id,
    attributes: Object.fromEntries(
      Object.entries(desired.attributes).filter(([, value]) => value !== null),
    ),
    enabled: desired.enabled ?? true,
  };
}

function outboundUnchanged(identity) {
  const desired = engine.desire("directory", identity, now);
  return planAccount({ desired, account: asIs.get(identity.id), schema });
}

/**
 * By processor time, garbage collection included, so that a busy machine does not blur the figure.
 */
function measure(step, objects) {
  const milliseconds = Number(values.seconds) * 1000;
  for (let at = 0; at < objects.length; at += 1) step(objects[at]);
  const begin = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1000;
  };
  let done = 0;
  while (spent() < milliseconds) {
    for (let at = 0; at < objects.length; at += 1) step(objects[at]);
    done += objects.length;
  }
  return Math.round((done * 1000) / spent());
}

const steps = {
  joinKeysPerSecond: [(each) => engine.joinKeys(each), accounts],
  inboundPerSecond: [inbound, accounts],
  outboundCreatePerSecond: [outboundCreate, identities],
  outboundUnchangedPerSecond: [outboundUnchanged, identities],
};
const result = Object.fromEntries(
  Object.entries(steps)
    .filter(([name]) => name.startsWith(values.only))
    .map(([name, [step, objects]]) => [name, measure(step, objects)]),
);
if (values.json) console.log(JSON.stringify(result));
else console.table(result);
