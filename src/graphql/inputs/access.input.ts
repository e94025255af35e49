import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { RateLimitInput, toRateLimitBody } from './rate-limit.input.js';

const SCOPES =
  'What the key may do: `admin`, `operator`, `read`, `write`, or `<resource>:read` and `<resource>:write`.';
const MODELS = 'Models the key may use; `*` at the end of a name stands for any rest. Null: all of them.';
const RATE_LIMITS = 'How fast the key may ask, and how much at once, beside what the server’s config file says.';
export const OTHER_PROJECT = 'Another project than the key’s own, `proj_…`; for operators.';

@InputType('CreateApiKeyInput', { description: 'A new key.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: 'Name for people.' })
  name!: string;

  @Field(() => [String], { nullable: true, description: `${SCOPES} Default: \`admin\`, \`read\` and \`write\`.` })
  scopes?: string[] | null;

  @Field(() => [String], { nullable: true, description: MODELS })
  models?: string[] | null;

  @Field(() => [RateLimitInput], { nullable: true, description: RATE_LIMITS })
  rateLimits?: RateLimitInput[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working. Default: never.' })
  expiresAt?: Date | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

@InputType('UpdateApiKeyInput', { description: 'Changes to a key: what is not given stays.' })
export class UpdateApiKeyInput {
  @Field(() => ID, { description: 'Id of the key, `key_…`.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A new name.' })
  name?: string | null;

  @Field(() => [String], { nullable: true, description: SCOPES })
  scopes?: string[] | null;

  @Field(() => [String], { nullable: true, description: MODELS })
  models?: string[] | null;

  @Field(() => [RateLimitInput], { nullable: true, description: RATE_LIMITS })
  rateLimits?: RateLimitInput[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working; null: never.' })
  expiresAt?: Date | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

@InputType('RotateApiKeyInput', { description: 'Asks for a new value of a key.' })
export class RotateApiKeyInput {
  @Field(() => ID, { description: 'Id of the key, `key_…`.' })
  id!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when the present value works beside the new one. Default: it stops at once.',
  })
  oldKeyExpiresAt?: Date | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

@InputType('RevokeApiKeyInput', { description: 'Names a key to end.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'Id of the key, `key_…`.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

@InputType('CreateProjectInput', { description: 'A new project.' })
export class CreateProjectInput {
  @Field(() => String, { description: 'Name for people.' })
  name!: string;
}

@InputType('UpdateProjectInput', { description: 'Another name for a project.' })
export class UpdateProjectInput {
  @Field(() => ID, { description: 'Id of the project, `proj_…`.' })
  id!: string;

  @Field(() => String, { description: 'The new name.' })
  name!: string;
}

@InputType('CreateClientTokenInput', { description: 'A token for the browser of one end user.' })
export class CreateClientTokenInput {
  @Field(() => String, { description: 'The end user the token is bound to, by your own name for them.' })
  user!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'What it may do, of what the key may: `<resource>:read` and `<resource>:write`. Default: read and write responses, conversations and files.',
  })
  scopes?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Models it may use, of those the key may. Default: all of those.',
  })
  models?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'How long it works: 10 to 86400 seconds. Default: 600.' })
  expiresAfterSeconds?: number | null;
}

export const toClientTokenBody = ({ user, scopes, models, expiresAfterSeconds: seconds }: CreateClientTokenInput) => ({
  user,
  scopes,
  models,
  expires_after: typeof seconds === 'number' ? { seconds } : seconds,
});

const toSeconds = (moment: Date | null | undefined): number | null | undefined =>
  moment instanceof Date ? Math.ceil(moment.getTime() / 1000) : moment;

/** A key's fields as the body that REST has for them. */
export const toApiKeyBody = ({
  name,
  scopes,
  models,
  rateLimits,
  expiresAt,
}: CreateApiKeyInput | UpdateApiKeyInput) => ({
  name,
  scopes,
  models,
  rate_limits: rateLimits?.map(toRateLimitBody) ?? rateLimits,
  expires_at: toSeconds(expiresAt),
});

export const toRotateBody = ({ oldKeyExpiresAt }: RotateApiKeyInput) => ({
  old_key_expires_at: toSeconds(oldKeyExpiresAt),
});
