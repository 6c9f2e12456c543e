/**
 * A group is looked at for the members that changed, not for all. Adds a column with a default and
 * a table, which take milliseconds. Makes an index of `member` anew: locks that table against
 * writes, about ten seconds on ten million rows.
 */
export const groupTables = `
-- Of groups: all members are to be looked at; otherwise those in due_member.
alter table due add column whole boolean not null default true;

-- Who of a group is to be looked at, for what was or is wished for, or is there, may have changed.
create table due_member (
  -- The group's identity.
  group_id uuid not null,
  -- An identity, or an account that belongs to none.
  member_id uuid not null,
  -- As in due.
  wave_id uuid,
  -- Not before there is news of the member: it has no account there.
  waits boolean not null default false,
  primary key (group_id, member_id)
);
create index due_member__waits on due_member (member_id) where waits;
create index due_member__wave on due_member (wave_id) where wave_id is not null;

-- Whether one is a member of a group is asked for each member of large groups: found at once.
drop index member__member_account;
create index member__member_account on member (member_account, group_account)
  where member_account is not null;
`;
