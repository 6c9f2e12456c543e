import type {
  IdentityQuery,
  IdentitySummaryFragment,
  IdentityWhyQuery,
  JoinDetailsFragment,
} from "@joinery/sdk";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { pairs, table, type Column } from "../output/table.js";
import { shownTime, shownValue } from "../output/words.js";
import type { NameOf } from "../names.js";

type Identity = NonNullable<IdentityQuery["identity"]>;
type Explained = NonNullable<IdentityWhyQuery["identity"]>;
type Wish = Explained["why"][number]["wishes"][number];

export function identityTable(
  identities: readonly IdentitySummaryFragment[],
  style: Style,
): readonly string[] {
  return table<IdentitySummaryFragment>(
    [
      { title: "ID", of: ({ id }) => id },
      { title: "LABEL", of: ({ label }) => printable(label), paint: style.bold },
      { title: "CLASS", of: ({ classification }) => String(classification || "–"), align: "right" },
      { title: "STATE", of: ({ state }) => state },
      { title: "CHANGED", of: ({ updatedAt }) => shownTime(updatedAt) },
    ],
    identities,
    style,
  );
}

export function identityDetails(
  identity: Identity,
  keyOf: NameOf,
  style: Style,
): readonly string[] {
  const { attributes, groups, joins } = identity;
  const values = Object.entries(attributes).map(
    ([name, value]) => [printable(name), shownValue(value)] as const,
  );
  const memberships = groups.nodes.map(
    ({ label, origins }) => `  ${printable(label)}  ${style.dim(printable(origins.join(" ")))}`,
  );
  return [
    ...headLines(identity, style),
    "",
    ...pairs(values, style),
    ...section("accounts", joinTable(joins, keyOf, style), style),
    ...section("groups", [...memberships, ...(groups.pageInfo.hasNextPage ? ["  …"] : [])], style),
  ];
}

/** Each value with who won it and who else wished what. */
export function whyLines(identity: Explained, keyOf: NameOf, style: Style): readonly string[] {
  const accounts = new Map(identity.joins.map((join) => [join.accountId, join]));
  return [
    ...headLines(identity, style),
    "",
    ...identity.why.flatMap(({ attribute, value, wishes }) => [
      `${style.bold(printable(attribute))} = ${shownValue(value)}`,
      ...[...wishes].sort(winnersFirst).map((wish) => `  ${wishLine(wish, accounts, style)}`),
    ]),
    ...section("accounts", joinTable(identity.joins, keyOf, style), style),
  ];
}

function headLines(identity: IdentitySummaryFragment, style: Style): readonly string[] {
  const { id, kind, label, state, classification, revision, updatedAt } = identity;
  const facts = `${kind} ${id}, ${state}, classification ${classification}, revision ${revision}`;
  return [style.bold(printable(label)), style.dim(`${facts}, changed ${shownTime(updatedAt)}`)];
}

function winnersFirst(a: Wish, b: Wish): number {
  return Number(b.won) - Number(a.won) || a.precedence - b.precedence;
}

function wishLine(
  { value, kind, source, accountId, mapper, precedence, strength, won }: Wish,
  accounts: ReadonlyMap<string, JoinDetailsFragment>,
  style: Style,
): string {
  const account = accountId === null ? undefined : accounts.get(accountId);
  const words = [
    won ? style.good("won ") : style.dim("lost"),
    shownValue(value),
    style.dim(`from ${kind} ${printable(source)}`),
    ...(account ? [style.dim(`account ${printable(account.name)}`)] : []),
    ...(account === undefined && accountId ? [style.dim(`account ${accountId}`)] : []),
    ...(mapper ? [style.dim(`by ${printable(mapper)}`)] : []),
    style.dim(`${strength}, precedence ${precedence}`),
  ];
  return words.join("  ");
}

/** Accounts with the rule that joined each, or what keeps them apart. */
export function joinTable(
  joins: readonly JoinDetailsFragment[],
  keyOf: NameOf,
  style: Style,
): readonly string[] {
  if (joins.length === 0) return [];
  const columns: readonly Column<JoinDetailsFragment>[] = [
    { title: "APPLICATION", of: ({ applicationId }) => printable(keyOf(applicationId)) },
    { title: "NAME", of: ({ name }) => printable(name) },
    { title: "ANCHOR", of: ({ anchor }) => printable(anchor) },
    { title: "STATE", of: ({ state }) => state },
    {
      title: "JOINED",
      of: (join) => situationOf(join),
      paint: (text, { situation }) => (situation === "joined" ? text : style.warning(text)),
    },
  ];
  return table(columns, joins, style);
}

function situationOf({
  situation,
  joinRule,
  candidates,
  failureCode,
  failureMapper,
}: JoinDetailsFragment) {
  const by = joinRule ? ` by ${printable(joinRule)}` : "";
  const claims = candidates && candidates.length > 0 ? `, claimed by ${candidates.join(" ")}` : "";
  const failure = failureCode ? `, ${failureCode} of ${printable(failureMapper ?? "–")}` : "";
  return `${situation}${by}${claims}${failure}`;
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : ["", style.bold(title), ...lines];
}
