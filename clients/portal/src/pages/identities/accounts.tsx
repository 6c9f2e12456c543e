import { Table, Text } from "@mantine/core";
import type { JoinDetailsFragment } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { Empty } from "../../parts/page.js";
import { Status } from "../../parts/status.js";
import { useWord } from "../../parts/words.js";
import classes from "./accounts.module.css";

/** Accounts with the rule that joined each, or what keeps its values out. */
export function Accounts({ of: joins }: { readonly of: readonly JoinDetailsFragment[] }) {
  const { t } = useTranslation();
  if (joins.length === 0) return <Empty>{t("identities.noAccounts")}</Empty>;
  return (
    <div className={classes["scroll"]}>
      <Table className={classes["accounts"] ?? ""}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("identities.application")}</Table.Th>
            <Table.Th>{t("identities.account")}</Table.Th>
            <Table.Th>{t("identities.state")}</Table.Th>
            <Table.Th>{t("identities.joinedBy")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {joins.map((join) => <Account key={join.accountId} of={join} />)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Account({ of: join }: { readonly of: JoinDetailsFragment }) {
  const word = useWord();
  const nameOf = useApplicationName();
  return (
    <Table.Tr>
      <Table.Td>{nameOf(join.applicationId)}</Table.Td>
      <Table.Td>
        <bdi>{join.name}</bdi>
        {join.anchor !== join.name && (
          <Text size="xs" c="dimmed" className="portal-mono">{join.anchor}</Text>
        )}
      </Table.Td>
      <Table.Td>
        <Status tone={join.state === "present" ? "good" : "idle"}>
          {word("identities.accountStates", join.state)}
        </Status>
      </Table.Td>
      <Table.Td><JoinedBy of={join} /></Table.Td>
    </Table.Tr>
  );
}

function JoinedBy({ of: { situation, joinRule, failureCode, failureMapper } }: {
  readonly of: JoinDetailsFragment;
}) {
  const word = useWord();
  return (
    <>
      {situation === "joined" ? null : `${word("identities.situations", situation)} `}
      {joinRule && word("identities.rules", joinRule)}
      {failureCode && (
        <Text size="xs" c="dimmed" className="portal-mono">{failureCode} {failureMapper}</Text>
      )}
    </>
  );
}
