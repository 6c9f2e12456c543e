import { firstArgument, intType, PageInfo, toPage, type GraphContext } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { NotifyDeps } from "../app/ports.js";
import { listMessages } from "../app/read-messages.js";

@ObjectType({ description: "A mail that Joinery sends to somebody of the organisation." })
export class Notification {
  @Field(() => ID, { description: "Its id; also in the mail's Message-ID." })
  id!: string;

  @Field(() => String, { description: "What it is about: `run.held`, `run.failed`." })
  kind!: string;

  @Field(() => String, { description: "Mail address." })
  recipient!: string;

  @Field(() => String, { description: "Subject line." })
  subject!: string;

  @Field(() => String, { description: "`queued`, `sent` or `failed`." })
  state!: string;

  @Field(() => Int, { description: "How often it was tried." })
  attempts!: number;

  @Field(() => String, { nullable: true, description: "Code of the last refusal." })
  code!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was queued." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When the mail server took it." })
  sentAt!: Date | null;
}

@ObjectType({ description: "A page of notifications, newest first." })
export class NotificationConnection {
  @Field(() => [Notification], { description: "Notifications of this page." })
  nodes!: Notification[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;

  @Field(() => Boolean, { description: "False while no mail server is configured: mails wait." })
  mailConfigured!: boolean;
}

@Resolver()
export class NotificationResolver {
  @Query(() => NotificationConnection, { description: "Mails to people of the organisation." })
  async notifications(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() { deps, actor }: GraphContext<NotifyDeps>,
  ): Promise<NotificationConnection> {
    const rows = await listMessages(deps, actor, first, after ?? null);
    const page = toPage(rows, first, (row) => [row.createdAt.toISOString(), row.id]);
    const nodes = page.nodes.map(({ text: _text, occasion: _occasion, ...row }) =>
      Object.assign(new Notification(), row),
    );
    return { nodes, pageInfo: page.pageInfo, mailConfigured: deps.mailer !== null };
  }
}
