import { Directive, Field, ObjectType } from "type-graphql";

/** What every mutation's payload lists instead of its result; the same type in every subgraph. */
@Directive("@shareable")
@ObjectType({ description: "Why a mutation did not do what it was asked. Match the code." })
export class UserError {
  @Field(() => String, { description: "Stable code, as listed in docs/errors.md." })
  code!: string;

  @Field(() => String, { description: "For people to read. Never contains what was submitted." })
  message!: string;
}

export function toUserError(error: { readonly code: string; readonly message: string }): UserError {
  return Object.assign(new UserError(), { code: error.code, message: error.message });
}
