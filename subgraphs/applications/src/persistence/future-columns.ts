/**
 * Deletes of accounts that are to come: when, since when it is planned, and when a person said that
 * it shall not be. Columns without a default: writes no row, whatever the population; the index is
 * of those few that have a date.
 */
export const futureDeleteColumns = `
alter table account add column delete_at timestamptz,
  add column delete_planned_at timestamptz, add column delete_cancelled_at timestamptz;
create index account__delete_at on account (delete_at, id) where delete_at is not null;
`;
