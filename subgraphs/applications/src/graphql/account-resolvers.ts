import {
  Arg, Ctx, Directive, Field, FieldResolver, ID, ObjectType, Query, Resolver, Root,
} from "type-graphql";
import { loadAccounts, loadAccountsOfIdentities } from "../app/read-views.js";
import { Account, toAccount } from "./account-type.js";
import { Application } from "./application-type.js";
import { loaderOf, type Context } from "./context.js";
import { applicationLoader } from "./run-resolvers.js";

@ObjectType()
@Directive('@key(fields: "id")')
export class Identity {
  @Field(() => ID)
  id!: string;
}

export function accountLoader(context: Context) {
  return loaderOf(context, "account", async (ids) => {
    const rows = await loadAccounts(context.deps, context, ids);
    return rows.map((row) => row && toAccount(row));
  });
}

@Resolver(() => Account)
export class AccountResolver {
  @Query(() => Account, { nullable: true, description: "One account; null when there is none." })
  async account(
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Ctx() context: Context,
  ): Promise<Account | null> {
    return accountLoader(context).load(id);
  }

  @FieldResolver(() => Application, { nullable: true, description: "Its application." })
  async application(
    @Root() account: Account,
    @Ctx() context: Context,
  ): Promise<Application | null> {
    return applicationLoader(context).load(account.applicationId);
  }

  @FieldResolver(() => Identity, {
    nullable: true,
    description: "Whose it is; null when nobody's.",
  })
  identity(@Root() account: Account): Identity | null {
    return account.identityId === null ? null : { id: account.identityId };
  }
}

@Resolver(() => Identity)
export class IdentityAccountsResolver {
  @FieldResolver(() => [Account], { description: "Its accounts, as the applications have them." })
  async accounts(@Root() identity: Identity, @Ctx() context: Context): Promise<Account[]> {
    const loader = loaderOf(context, "accountsOfIdentity", (ids) =>
      loadAccountsOfIdentities(context.deps, context, ids));
    return (await loader.load(identity.id)).map(toAccount);
  }
}
