import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { toPublicId } from '../../domain/ids.js';
import type { WebhookDelivery, WebhookEndpoint } from '../../domain/webhook.js';
import type { Context } from '../context.js';
import { toWebhookBody } from '../inputs/to-body.js';
import {
  CreateWebhookEndpointInput,
  RedeliverWebhookInput,
  RotateWebhookSecretInput,
  TestWebhookEndpointInput,
  UpdateWebhookEndpointInput,
} from '../inputs/webhook.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { ForwardPageArgs, idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { WebhookDeliveryType, WebhookEndpointConnection, WebhookEndpointType } from '../types/webhook.type.js';
import {
  CreateWebhookEndpointPayload,
  DeleteWebhookEndpointPayload,
  RedeliverWebhookPayload,
  RotateWebhookSecretPayload,
  TestWebhookEndpointPayload,
  UpdateWebhookEndpointPayload,
} from '../types/webhook-payload.types.js';
import { payload } from '../user-errors.js';
import { wholeSeconds } from './printing.js';

interface SecretOutcome {
  webhookEndpoint: WebhookEndpoint | null;
  signingSecret: string | null;
}

const endpointId = ({ id }: WebhookEndpoint): string => toPublicId('webhookEndpoint', id);
const deliveryId = ({ id }: WebhookDelivery): string => toPublicId('webhookDelivery', id);
const noSecret: SecretOutcome = { webhookEndpoint: null, signingSecret: null };
const ID_TEXT = 'Id of the endpoint, `whe_…`.';

@Resolver(() => WebhookEndpointType)
export class WebhookEndpointResolver {
  @Query(() => WebhookEndpointType, { nullable: true, description: 'A webhook endpoint by its id.' })
  webhookEndpoint(
    @Arg('id', () => ID, { description: ID_TEXT }) id: string,
    @Ctx() ctx: Context,
  ): Promise<WebhookEndpoint> {
    return ctx.services.webhooks.get(ctx.principal, id);
  }

  @Query(() => WebhookEndpointConnection, { description: 'The project’s webhook endpoints, newest first.' })
  async webhookEndpoints(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<WebhookEndpoint>> {
    const page = toPageRequest(args, 'desc', idCursor('webhookEndpoint'));
    return toConnection(await ctx.services.webhooks.list(ctx.principal, page), endpointId);
  }

  @Mutation(() => CreateWebhookEndpointPayload, {
    description: 'Creates a webhook endpoint. Its signing secret is shown this once.',
  })
  createWebhookEndpoint(
    @Arg('input', () => CreateWebhookEndpointInput, { description: 'The new endpoint.' })
    input: CreateWebhookEndpointInput,
    @Ctx() ctx: Context,
  ) {
    return payload<SecretOutcome>(noSecret, input, async () => {
      const { endpoint, secret } = await ctx.services.webhooks.create(
        ctx.principal,
        toWebhookBody(input),
        ctx.requestId,
      );
      return { webhookEndpoint: endpoint, signingSecret: secret };
    });
  }

  @Mutation(() => UpdateWebhookEndpointPayload, { description: 'Changes a webhook endpoint.' })
  updateWebhookEndpoint(
    @Arg('input', () => UpdateWebhookEndpointInput, { description: 'Which endpoint, and what changes.' })
    input: UpdateWebhookEndpointInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ webhookEndpoint: WebhookEndpoint | null }>({ webhookEndpoint: null }, input, async () => ({
      webhookEndpoint: await ctx.services.webhooks.update(ctx.principal, input.id, toWebhookBody(input), ctx.requestId),
    }));
  }

  @Mutation(() => DeleteWebhookEndpointPayload, {
    description: 'Deletes a webhook endpoint with its delivery log.',
  })
  deleteWebhookEndpoint(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.webhooks.delete(ctx.principal, id, ctx.requestId);
      return { deletedId: id };
    });
  }

  @Mutation(() => RotateWebhookSecretPayload, {
    description: 'Gives a webhook endpoint a new signing secret, shown this once.',
  })
  rotateWebhookSecret(
    @Arg('input', () => RotateWebhookSecretInput, {
      description: 'Which endpoint, and for how long the old one stays.',
    })
    input: RotateWebhookSecretInput,
    @Ctx() ctx: Context,
  ) {
    return payload<SecretOutcome>(noSecret, input, async () => {
      const body = { keep_old_secret_active_for_24_hours: input.keepOldSecretActiveFor24Hours };
      const { endpoint, secret } = await ctx.services.webhooks.rotateSecret(
        ctx.principal,
        input.id,
        body,
        ctx.requestId,
      );
      return { webhookEndpoint: endpoint, signingSecret: secret };
    });
  }

  @Mutation(() => TestWebhookEndpointPayload, {
    description: 'Sends a sample event now. What it names is made up.',
  })
  testWebhookEndpoint(
    @Arg('input', () => TestWebhookEndpointInput, { description: 'Which endpoint, and which event.' })
    input: TestWebhookEndpointInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ statusCode: number | null }>({ statusCode: null }, input, async () => {
      const body = { event_type: input.eventType };
      const { statusCode } = await ctx.services.webhooks.test(ctx.principal, input.id, body, ctx.signal);
      return { statusCode };
    });
  }

  @Mutation(() => RedeliverWebhookPayload, { description: 'Sends a delivery again. Its event keeps its id.' })
  redeliverWebhook(
    @Arg('input', () => RedeliverWebhookInput, { description: 'Which delivery.' }) input: RedeliverWebhookInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ delivery: WebhookDelivery | null }>({ delivery: null }, input, async () => ({
      delivery: await ctx.services.webhooks.redeliver(ctx.principal, input.endpointId, input.deliveryId),
    }));
  }

  @FieldResolver()
  id(@Root() endpoint: WebhookEndpoint): string {
    return endpointId(endpoint);
  }

  @FieldResolver()
  signingSecretHint(@Root() endpoint: WebhookEndpoint): string {
    return endpoint.secretHint;
  }

  @FieldResolver()
  enabled(@Root() endpoint: WebhookEndpoint): boolean {
    return endpoint.disabledReason === null;
  }

  @FieldResolver()
  createdAt(@Root() endpoint: WebhookEndpoint): Date {
    return wholeSeconds(endpoint.createdAtMs);
  }

  @FieldResolver()
  updatedAt(@Root() endpoint: WebhookEndpoint): Date {
    return wholeSeconds(endpoint.updatedAtMs);
  }

  @FieldResolver()
  async deliveries(
    @Root() endpoint: WebhookEndpoint,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<WebhookDelivery>> {
    const page = toPageRequest(args, 'desc', idCursor('webhookDelivery'));
    return toConnection(await ctx.loaders.webhookDeliveries.load({ parent: endpoint.id, page }), deliveryId);
  }
}

@Resolver(() => WebhookDeliveryType)
export class WebhookDeliveryResolver {
  @FieldResolver()
  id(@Root() delivery: WebhookDelivery): string {
    return deliveryId(delivery);
  }

  @FieldResolver()
  eventId(@Root() delivery: WebhookDelivery): string {
    return toPublicId('event', delivery.eventId);
  }

  @FieldResolver()
  responseId(@Root() delivery: WebhookDelivery): string | null {
    return delivery.responseId === null ? null : toPublicId('response', delivery.responseId);
  }

  @FieldResolver()
  budgetId(@Root() delivery: WebhookDelivery): string | null {
    return delivery.budgetId === null ? null : toPublicId('budget', delivery.budgetId);
  }

  @FieldResolver()
  createdAt(@Root() delivery: WebhookDelivery): Date {
    return wholeSeconds(delivery.createdAtMs);
  }

  @FieldResolver()
  lastAttemptAt(@Root() delivery: WebhookDelivery): Date | null {
    return delivery.lastAttemptAtMs === null ? null : wholeSeconds(delivery.lastAttemptAtMs);
  }
}
