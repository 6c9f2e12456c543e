import { Button, Table, VisuallyHidden } from "@mantine/core";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pages } from "../app/queries.js";
import { Failed } from "./failed.js";
import classes from "./list-table.module.css";
import { Empty, Loading } from "./page.js";

/** A column of a list; texts that do not fit are cut with an ellipsis. */
export interface ListColumn<Node> {
  readonly title: string;
  readonly cell: (node: Node) => ReactNode;
  /** Any CSS length; what is left is shared by those without. */
  readonly width?: string;
  readonly align?: "right";
  /** Not shown on a phone. */
  readonly wide?: boolean;
}

interface ListTableProps<Node> {
  /** What the list is, for those who do not see it. */
  readonly label: string;
  readonly pages: Pages<Node>;
  readonly columns: readonly ListColumn<Node>[];
  readonly keyOf: (node: Node) => string;
  /** What is said where there is nothing. */
  readonly empty: ReactNode;
}

const rowPx = 41;
/** So many rows before the end the next page is asked for. */
const rowsAhead = 20;

/** A list of any length: only the rows in sight exist, and pages come as somebody reads on. */
export function ListTable<Node>(props: ListTableProps<Node>) {
  const { pages, empty } = props;
  if (pages.error !== null && pages.nodes.length === 0) {
    return <Failed error={pages.error} again={pages.again} />;
  }
  if (pages.isLoading) return <Loading lines={6} />;
  if (pages.nodes.length === 0) return <Empty>{empty}</Empty>;
  return <Rows {...props} />;
}

function Rows<Node>({ label, pages, columns, keyOf }: ListTableProps<Node>) {
  const { t } = useTranslation();
  const { nodes, hasMore, more, isLoadingMore } = pages;
  const place = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoises our components
  const virtual = useWindowVirtualizer({
    count: nodes.length,
    estimateSize: () => rowPx,
    overscan: 12,
    scrollMargin: place.current?.offsetTop ?? 0,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= nodes.length - rowsAhead) more();
  }, [hasMore, isLoadingMore, last, more, nodes.length]);
  const before = (items[0]?.start ?? 0) - virtual.options.scrollMargin;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? 0) - virtual.options.scrollMargin);
  return (
    <div ref={place}>
      <Table className={classes["table"]} aria-rowcount={hasMore ? -1 : nodes.length + 1}>
        <caption><VisuallyHidden>{label}</VisuallyHidden></caption>
        <Table.Thead>
          <Table.Tr aria-rowindex={1}>
            {columns.map((column) => (
              <Table.Th key={column.title} w={column.width} {...cellOf(column)}>
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Space px={before} />
          {items.map(({ index }) => {
            const node = nodes[index];
            return node && (
              <Table.Tr key={keyOf(node)} aria-rowindex={index + 2} className={classes["row"]}>
                {columns.map((column) => (
                  <Table.Td key={column.title} {...cellOf(column)}>{column.cell(node)}</Table.Td>
                ))}
              </Table.Tr>
            );
          })}
          <Space px={after} />
        </Table.Tbody>
      </Table>
      {hasMore && (
        <Button variant="subtle" fullWidth radius={0} loading={isLoadingMore} onClick={more}>
          {t("actions.more")}
        </Button>
      )}
    </div>
  );
}

/** Where rows would be that nobody sees. */
function Space({ px }: { readonly px: number }) {
  if (px <= 0) return null;
  // oxlint-disable-next-line jsx-a11y/control-has-associated-label -- no control: room, and hidden
  return <tr aria-hidden="true" className={classes["space"]}><td style={{ height: px }} /></tr>;
}

function cellOf<Node>({ align, wide }: ListColumn<Node>) {
  return {
    className: [wide ? "portal-wide" : "", align ? "portal-number" : ""].join(" ").trim(),
    ...(align ? { ta: align } : {}),
  };
}
