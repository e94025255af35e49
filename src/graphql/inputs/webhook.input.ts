import { Field, ID, InputType } from 'type-graphql';
import { WebhookEventTypeEnum } from '../types/webhook.type.js';

@InputType('CreateWebhookEndpointInput', { description: 'A new webhook endpoint.' })
export class CreateWebhookEndpointInput {
  @Field(() => String, { description: 'Name for people.' })
  name!: string;

  @Field(() => String, { description: 'Where events are sent: https, at a public address.' })
  url!: string;

  @Field(() => [WebhookEventTypeEnum], { description: 'What it is told of; at least one.' })
  eventTypes!: string[];
}

@InputType('UpdateWebhookEndpointInput', { description: 'Changes to a webhook endpoint: what is not given stays.' })
export class UpdateWebhookEndpointInput {
  @Field(() => ID, { description: 'Id of the endpoint.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A new name.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'A new place to send events to.' })
  url?: string | null;

  @Field(() => [WebhookEventTypeEnum], { nullable: true, description: 'What it is told of from now on.' })
  eventTypes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False stops events to it; true starts them again, also after failures have stopped them.',
  })
  enabled?: boolean | null;
}

@InputType('RotateWebhookSecretInput', { description: 'Asks for a new signing secret.' })
export class RotateWebhookSecretInput {
  @Field(() => ID, { description: 'Id of the endpoint.' })
  id!: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Sign with the old secret too for a day, so that receivers can change over.',
  })
  keepOldSecretActiveFor24Hours?: boolean | null;
}

@InputType('TestWebhookEndpointInput', { description: 'Asks for a sample event.' })
export class TestWebhookEndpointInput {
  @Field(() => ID, { description: 'Id of the endpoint.' })
  id!: string;

  @Field(() => WebhookEventTypeEnum, { description: 'What the sample says has happened.' })
  eventType!: string;
}

@InputType('RedeliverWebhookInput', { description: 'Names a delivery to send again.' })
export class RedeliverWebhookInput {
  @Field(() => ID, { description: 'Id of the endpoint.' })
  endpointId!: string;

  @Field(() => ID, { description: 'Id of the delivery, `whd_…`.' })
  deliveryId!: string;
}
