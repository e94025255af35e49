import { Field, ObjectType } from 'type-graphql';
import { ApiKeyType, ClientTokenType, ProjectType } from './access.type.js';
import { definePayload, USER_ERRORS, UserErrorType } from './payload.types.js';

/** A key with the value that is shown this once. */
function defineValuePayload(name: string, mutation: string) {
  @ObjectType(name, { description: `What \`${mutation}\` gives back.` })
  class Payload {
    @Field(() => ApiKeyType, { nullable: true, description: 'The key.' })
    apiKey!: ApiKeyType | null;

    @Field(() => String, {
      nullable: true,
      description: 'Its value, `sk-antiphon-…`. Keep it: it is not shown again.',
    })
    value!: string | null;

    @Field(() => [UserErrorType], { description: USER_ERRORS })
    userErrors!: UserErrorType[];
  }
  return Payload;
}

export const CreateClientTokenPayload = definePayload(
  'CreateClientTokenPayload',
  'clientToken',
  () => ClientTokenType,
  'The token, shown this once.',
);
export const CreateApiKeyPayload = defineValuePayload('CreateApiKeyPayload', 'createApiKey');
export const RotateApiKeyPayload = defineValuePayload('RotateApiKeyPayload', 'rotateApiKey');
export const UpdateApiKeyPayload = definePayload(
  'UpdateApiKeyPayload',
  'apiKey',
  () => ApiKeyType,
  'The key as it is now.',
);
export const RevokeApiKeyPayload = definePayload('RevokeApiKeyPayload', 'apiKey', () => ApiKeyType, 'The ended key.');
export const CreateProjectPayload = definePayload(
  'CreateProjectPayload',
  'project',
  () => ProjectType,
  'The new project.',
);
export const UpdateProjectPayload = definePayload(
  'UpdateProjectPayload',
  'project',
  () => ProjectType,
  'The project as it is now.',
);
