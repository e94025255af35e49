import { Field, ID, Int, ObjectType } from 'type-graphql';
import { type Connection, defineConnection } from '../relay/connection.js';
import { DateTimeScalar } from '../scalars.js';
import { defineEnum } from './define-enum.js';
import { NodeType } from './node.type.js';

export const WebhookEventTypeEnum = defineEnum('WebhookEventType', 'What a webhook endpoint can be told of.', {
  RESPONSE_COMPLETED: ['response.completed', 'A background response ended with everything the model had to say.'],
  RESPONSE_FAILED: ['response.failed', 'A background response ended by a fault.'],
  RESPONSE_INCOMPLETE: ['response.incomplete', 'A background response ended early.'],
  RESPONSE_CANCELLED: ['response.cancelled', 'A background response was stopped.'],
  BUDGET_THRESHOLD_REACHED: ['budget.threshold_reached', 'A budget has passed one of its thresholds.'],
});

const WebhookDeliveryStatusEnum = defineEnum('WebhookDeliveryStatus', 'What became of a delivery.', {
  PENDING: ['pending', 'Not taken yet; it is tried again.'],
  SUCCEEDED: ['succeeded', 'The endpoint answered 2xx.'],
  FAILED: ['failed', 'Given up.'],
});

@ObjectType('WebhookDelivery', {
  implements: NodeType,
  description: 'One event for one webhook endpoint, with what became of it.',
})
export class WebhookDeliveryType {
  @Field(() => ID, { description: 'Id of the delivery, `whd_…`.' })
  id!: string;

  @Field(() => ID, { description: 'Id of the event, `evt_…`; receivers find it as `webhook-id`.' })
  eventId!: string;

  @Field(() => WebhookEventTypeEnum, { description: 'What happened.' })
  eventType!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The response it happened to, `resp_…`; it may have been deleted since. Null for budgets.',
  })
  responseId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The budget it happened to, `bdgt_…`; null for responses.' })
  budgetId!: string | null;

  @Field(() => WebhookDeliveryStatusEnum, { description: 'What became of it.' })
  status!: string;

  @Field(() => Int, { description: 'How often it was tried.' })
  attempts!: number;

  @Field(() => Int, { nullable: true, description: 'HTTP status of the last answer; null when none came.' })
  lastStatusCode!: number | null;

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed.' })
  lastError!: string | null;

  @Field(() => DateTimeScalar, { description: 'When the event happened, in whole seconds.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last tried, in whole seconds.' })
  lastAttemptAt!: Date | null;
}

const WebhookDeliveryConnection = defineConnection('WebhookDelivery', 'webhook deliveries', () => WebhookDeliveryType);

@ObjectType('WebhookEndpoint', {
  implements: NodeType,
  description:
    'A URL that is told when background responses end and budgets are nearly spent, by signed requests (Standard Webhooks).',
})
export class WebhookEndpointType {
  @Field(() => ID, { description: 'Id of the endpoint, `whe_…`.' })
  id!: string;

  @Field(() => String, { description: 'Name for people.' })
  name!: string;

  @Field(() => String, { description: 'Where events are sent.' })
  url!: string;

  @Field(() => [WebhookEventTypeEnum], { description: 'What it is told of.' })
  eventTypes!: string[];

  @Field(() => String, { description: 'The end of the signing secret, to tell secrets apart.' })
  signingSecretHint!: string;

  @Field(() => Boolean, { description: 'Whether events are sent.' })
  enabled!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why no events are sent: its owner’s wish, or that every attempt failed for a day.',
  })
  disabledReason!: string | null;

  @Field(() => WebhookDeliveryConnection, { description: 'What was sent in the last 30 days, newest first.' })
  deliveries!: Connection<WebhookDeliveryType>;

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it or its secret was last changed, in whole seconds.' })
  updatedAt!: Date;
}

export const WebhookEndpointConnection = defineConnection(
  'WebhookEndpoint',
  'webhook endpoints',
  () => WebhookEndpointType,
);
