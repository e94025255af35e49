import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DELETED, definePayload, USER_ERRORS, UserErrorType } from './payload.types.js';
import { WebhookDeliveryType, WebhookEndpointType } from './webhook.type.js';

/** An endpoint with the secret that is shown this once. */
function defineSecretPayload(name: string, mutation: string) {
  @ObjectType(name, { description: `What \`${mutation}\` gives back.` })
  class Payload {
    @Field(() => WebhookEndpointType, { nullable: true, description: 'The endpoint.' })
    webhookEndpoint!: WebhookEndpointType | null;

    @Field(() => String, {
      nullable: true,
      description: 'Its signing secret, `whsec_…`. Keep it: it is not shown again.',
    })
    signingSecret!: string | null;

    @Field(() => [UserErrorType], { description: USER_ERRORS })
    userErrors!: UserErrorType[];
  }
  return Payload;
}

export const CreateWebhookEndpointPayload = defineSecretPayload(
  'CreateWebhookEndpointPayload',
  'createWebhookEndpoint',
);
export const RotateWebhookSecretPayload = defineSecretPayload('RotateWebhookSecretPayload', 'rotateWebhookSecret');
export const UpdateWebhookEndpointPayload = definePayload(
  'UpdateWebhookEndpointPayload',
  'webhookEndpoint',
  () => WebhookEndpointType,
  'The endpoint as it is now.',
);
export const DeleteWebhookEndpointPayload = definePayload(
  'DeleteWebhookEndpointPayload',
  'deletedId',
  () => ID,
  DELETED,
);
export const TestWebhookEndpointPayload = definePayload(
  'TestWebhookEndpointPayload',
  'statusCode',
  () => Int,
  'HTTP status of the endpoint’s answer, 2xx.',
);
export const RedeliverWebhookPayload = definePayload(
  'RedeliverWebhookPayload',
  'delivery',
  () => WebhookDeliveryType,
  'The delivery, due again.',
);
