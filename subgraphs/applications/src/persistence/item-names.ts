/**
 * Which of the names that its rules could make an item tries, so that one that is taken leads to
 * the next (docs/decisions/0024). A nullable column, and an index of nothing at first: it reads the
 * items once, some seconds on ten million, and writes wait meanwhile. Releases before leave it
 * empty.
 */
export const itemNames = `
-- {"base": digest of the first names, "number": which}; null where no rule reads a number.
alter table item add column names json;
create index item__taken_names on item (account_id)
  where names is not null and state = 'failed';
`;
