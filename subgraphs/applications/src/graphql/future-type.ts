import { PageInfo, UserError } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";
import type { FutureTask as DomainFutureTask } from "../domain/future-task.js";

@ObjectType({ description: "The delete of an account that is to come, because a rule says so." })
export class FutureTask {
  @Field(() => ID, { description: "The account's." })
  id!: string;

  @Field(() => ID, { description: "In which application." })
  applicationId!: string;

  @Field(() => ID, { nullable: true, description: "Whose; null where nobody's any more." })
  identityId!: string | null;

  @Field(() => String, { description: "Name of the account." })
  accountName!: string;

  @Field(() => GraphQLDateTime, {
    description: "When it is planned, if its owner has not come back by then; guards decide.",
  })
  dueAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Since when it is to come." })
  plannedAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true, description: "When a person cancelled it; null: it will be.",
  })
  cancelledAt!: Date | null;
}

@ObjectType({ description: "A page of what is to come, the earliest first." })
export class FutureTaskConnection {
  @Field(() => [FutureTask], { description: "Tasks of this page." })
  nodes!: FutureTask[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "The task, or why nothing was done." })
export class FutureTaskPayload {
  @Field(() => FutureTask, { nullable: true, description: "Null when refused." })
  task!: FutureTask | null;

  @Field(() => [UserError], { description: "FUTURE_TASK_NOT_FOUND, FUTURE_TASK_INVALID." })
  errors!: UserError[];
}

export function toFutureTask(task: DomainFutureTask): FutureTask {
  return Object.assign(new FutureTask(), task);
}
