import { Text } from "@mantine/core";
import { identityWhyDocument, type IdentityWhyQuery } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useGraph } from "../../app/queries.js";
import { Answer, Empty, Panel } from "../../parts/page.js";
import { Value } from "../../parts/value.js";
import { useWord } from "../../parts/words.js";
import classes from "./why.module.css";
import { winnersFirst } from "./winners-first.js";

type Explained = NonNullable<IdentityWhyQuery["identity"]>;
type Attribute = Explained["why"][number];
type Wish = Attribute["wishes"][number];
type NameOf = (accountId: string) => string | undefined;

/** Each value with who won it, and who else wished what. */
export function Why({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const query = useGraph(identityWhyDocument, { id });
  return (
    <Panel flush>
      <Answer of={query}>
        {({ identity }) => identity === null || identity.why.length === 0
          ? <Empty>{t("identities.noWhy")}</Empty>
          : <Explanation of={identity} />}
      </Answer>
    </Panel>
  );
}

function Explanation({ of: { why, joins } }: { readonly of: Explained }) {
  const { t } = useTranslation();
  const names = new Map(joins.map(({ accountId, name }) => [accountId, name]));
  return (
    <>
      <Text size="sm" c="dimmed" px="md" py="sm">{t("identities.whyHint")}</Text>
      <dl className={classes["why"]}>
        {why.map((one) => (
          <Attribute key={one.attribute} of={one} nameOf={(id) => names.get(id)} />
        ))}
      </dl>
    </>
  );
}

function Attribute({ of: { attribute, value, wishes }, nameOf }: {
  readonly of: Attribute;
  readonly nameOf: NameOf;
}) {
  return (
    <div className={classes["attribute"]}>
      <dt>{attribute}</dt>
      <dd>
        <Text size="sm" fw={600}><Value of={value} /></Text>
        <ul className={classes["wishes"]}>
          {winnersFirst(wishes).map((wish) => (
            <WishLine
              key={`${wish.source} ${wish.accountId} ${wish.mapper}`}
              of={wish}
              nameOf={nameOf}
            />
          ))}
        </ul>
      </dd>
    </div>
  );
}

/** `won  Ana  from application hr · account e-1 · by mapper hr-first · normal, precedence 10` */
function WishLine({ of: wish, nameOf }: { readonly of: Wish; readonly nameOf: NameOf }) {
  const { t } = useTranslation();
  const word = useWord();
  const { kind, source, accountId, mapper, strength, precedence, won } = wish;
  const weight = { strength: word("identities.strengths", strength), precedence };
  const facts = [
    t("identities.source", { kind: word("identities.wishKinds", kind), source }),
    ...(accountId ? [t("identities.ofAccount", { name: nameOf(accountId) ?? accountId })] : []),
    ...(mapper ? [t("identities.byMapper", { mapper })] : []),
    t("identities.weight", weight),
  ];
  return (
    <li data-won={won}>
      <span className={classes["outcome"]}>{t(won ? "identities.won" : "identities.lost")}</span>
      <span className={classes["wished"]}><Value of={wish.value} /></span>
      <span className={classes["facts"]}>{facts.join(" · ")}</span>
    </li>
  );
}
