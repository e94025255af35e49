import { Arg, Args, Ctx, Query, Resolver, Root, Subscription } from 'type-graphql';
import { toPublicId } from '../../domain/ids.js';
import type { UsageRow } from '../../domain/usage-report.js';
import { usageCursor } from '../../services/usage/usage.service.js';
import { actorIn } from '../actor-in.js';
import type { Context } from '../context.js';
import { asBatches, followEvents } from '../events/follow-events.js';
import { toUsageQuery, UsageReportInput } from '../inputs/usage.input.js';
import type { Connection } from '../relay/connection.js';
import { ForwardPageArgs, toPageRequest } from '../relay/page-args.js';
import { UsageEventType, UsageReportConnection, type UsageReportRowType } from '../types/usage-report.type.js';
import { naming } from '../user-errors.js';

const named = (value: string | undefined): string | null => value || null;

const toType = ({ startMs, endMs, dimensions, requests, toolCalls, usage }: UsageRow): UsageReportRowType => ({
  startTime: new Date(startMs),
  endTime: new Date(endMs),
  projectId: dimensions.project === undefined ? null : toPublicId('project', dimensions.project),
  keyId: dimensions.key === undefined ? null : toPublicId('key', dimensions.key),
  model: named(dimensions.model),
  provider: named(dimensions.provider),
  endUser: named(dimensions.end_user),
  label: named(dimensions.label),
  tool: named(dimensions.tool),
  requests,
  toolCalls,
  inputTokens: usage?.inputTokens ?? null,
  cachedInputTokens: usage?.cachedInputTokens ?? null,
  outputTokens: usage?.outputTokens ?? null,
  reasoningTokens: usage?.reasoningTokens ?? null,
  amount: usage?.amount ?? null,
});

async function follow(input: UsageReportInput, context: Context): Promise<AsyncIterable<readonly UsageRow[]>> {
  context.services.gate.check();
  const actor = await actorIn(context, input.projectId);
  return followEvents(context, async () =>
    asBatches(await naming(input, () => context.services.usageFeed.follow(actor, toUsageQuery(input), context.client))),
  );
}

@Resolver()
export class UsageReportResolver {
  @Query(() => UsageReportConnection, {
    description: 'What the project has used: rows by time, then by what they are grouped by.',
  })
  async usage(
    @Arg('input', () => UsageReportInput, { description: 'Which usage.' }) input: UsageReportInput,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<UsageReportRowType>> {
    const { limit, after } = toPageRequest(args, 'asc', (_argument, cursor) => cursor);
    const actor = await actorIn(ctx, input.projectId);
    const query = { ...toUsageQuery(input), limit, ...(after === null ? {} : { after }) };
    const page = await naming(input, () => ctx.services.usage.report(actor, query));
    const edges = page.rows.map((row) => ({ cursor: usageCursor(row), node: toType(row) }));
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: {
        hasNextPage: page.hasNext,
        hasPreviousPage: page.hasPrevious,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  @Subscription(() => UsageEventType, {
    description:
      'The same report as it grows: as it stands, and again when something was booked that changes it, at most once a second. ' +
      'Completes when its `endTime` is over.',
    subscribe: ({ args, context }) => follow((args as { input: UsageReportInput }).input, context as Context) as never,
  })
  usageEvents(
    @Root() rows: readonly UsageRow[],
    @Arg('input', () => UsageReportInput, { description: 'Which usage.' }) _input: UsageReportInput,
  ): UsageEventType {
    return { at: new Date(), rows: rows.map(toType) };
  }
}
