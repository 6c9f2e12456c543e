import { List } from "@mantine/core";
import { applicationDocument, type ApplicationDetailsFragment } from "@joinery/sdk";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useGraph } from "../../app/queries.js";
import { NotFound } from "../../parts/failed.js";
import { useFormats } from "../../parts/formats.js";
import { Notice } from "../../parts/notice.js";
import { Answer, Empty, Page, Panel } from "../../parts/page.js";
import { useWord } from "../../parts/words.js";
import { Decision } from "./decision.js";
import { Patterns } from "./patterns.js";
import { PlanItems } from "./plan-items.js";
import { usePlan, type Plan } from "./read-plan.js";

/** What of one application waits: what it has in common, each change, and the decision. */
export function PlanPage() {
  const { key } = getRouteApi("/inside/plans/$key").useParams();
  const query = useGraph(applicationDocument, { id: key });
  return (
    <Answer of={query}>
      {({ application }) => application === null ? <NotFound /> : <Waiting of={application} />}
    </Answer>
  );
}

function Waiting({ of: application }: { readonly of: ApplicationDetailsFragment }) {
  const { t } = useTranslation();
  const { name, key } = application;
  const query = usePlan(application.id);
  const plan = query.data;
  return (
    <Page
      title={t("plans.plan", { application: name })}
      under={<>
        <Link to="/plans">{t("plans.title")}</Link>{" · "}
        <Link to="/applications/$key" params={{ key }}>{name}</Link>
      </>}
      actions={plan && plan.count > 0 && (
        <Decision application={application} count={plan.count} choice={{ root: plan.root }} isAll />
      )}
    >
      <Answer of={query}>
        {(shown) => shown === null || shown.count === 0
          ? <Panel><Empty>{t("plans.nothing")}</Empty></Panel>
          : <Content of={shown} application={application} />}
      </Answer>
    </Page>
  );
}

interface ContentProps {
  readonly of: Plan;
  readonly application: ApplicationDetailsFragment;
}

function Content({ of: plan, application }: ContentProps) {
  const { t } = useTranslation();
  const rest = plan.count - plan.patterns.reduce((sum, { items }) => sum + items, 0);
  return (
    <>
      <Summary of={plan} application={application} />
      <Panel title={t("plans.patterns")} flush>
        <Patterns of={plan.patterns} application={application} />
        {rest > 0 && <Empty>{t("plans.patternsMore", { count: rest })}</Empty>}
      </Panel>
      <PlanItems application={application} />
    </>
  );
}

function Summary({ of: { count, since, breaches }, application }: ContentProps) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const word = useWord();
  const oldest = since === null ? "" : `, ${t("plans.oldest", { time: time(since) })}`;
  return (
    <Notice tone="waiting" title={`${t("plans.count", { count })}${oldest}`}>
      {application.exportPolicy["fourEyes"] === true && t("plans.fourEyes")}
      {breaches.length > 0 && (
        <>
          <div>{t("plans.overLimit")}</div>
          <List size="sm">
            {breaches.map(({ class: what, n, limit, population }) => (
              <List.Item key={what}>
                {t("plans.breach", {
                  n, what: word("runs.classes", what), limit, population,
                })}
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Notice>
  );
}
