import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';
import { BudgetType } from './budget.type.js';
import { defineEnum } from './define-enum.js';
import { NodeType } from './node.type.js';

@ObjectType('RateLimit', { description: 'A limit on what a key may ask; what is null is not limited by it.' })
export class RateLimitType {
  @Field(() => String, {
    nullable: true,
    description: 'Only requests that name this model; null: all of them together.',
  })
  model!: string | null;

  @Field(() => Float, { nullable: true, description: 'Requests per minute.' })
  requestsPerMinute!: number | null;

  @Field(() => Int, { nullable: true, description: 'Requests that may come at once; null: those of ten seconds.' })
  burst!: number | null;

  @Field(() => Float, { nullable: true, description: 'Tokens of input and output per minute.' })
  tokensPerMinute!: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens that may be used at once; null: those of a minute.' })
  tokenBurst!: number | null;

  @Field(() => Int, { nullable: true, description: 'Runs that may go on at once.' })
  concurrentRuns!: number | null;

  @Field(() => Int, { nullable: true, description: 'Streams that may be read at once.' })
  concurrentStreams!: number | null;
}

@ObjectType('ApiKey', {
  implements: NodeType,
  description: 'A key. Its value is shown once, when it is made or rotated.',
})
export class ApiKeyType {
  @Field(() => ID, { description: 'Id of the key, `key_…`.' })
  id!: string;

  @Field(() => String, { description: 'Name the key was given.' })
  name!: string;

  @Field(() => String, { description: 'The last characters of the key, to tell keys apart.' })
  hint!: string;

  @Field(() => [String], {
    description:
      'What the key may do: `admin`, `operator`, `read`, `write`, or `<resource>:read` and `<resource>:write`.',
  })
  scopes!: readonly string[];

  @Field(() => [String], {
    nullable: true,
    description: 'Models the key may use; `*` at the end of a name stands for any rest. Null: all of them.',
  })
  models!: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The end user the caller’s token is bound to; null for keys themselves.',
  })
  endUser!: string | null;

  @Field(() => [RateLimitType], {
    description: 'How fast the key may ask, and how much at once, beside what the server’s config file says.',
  })
  rateLimits!: RateLimitType[];

  @Field(() => [BudgetType], { description: 'What the key may spend; empty means without limit.' })
  budgets!: BudgetType[];

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working; null: never.' })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was ended.' })
  revokedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last used, to the minute.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when the value from before the last rotation works too.',
  })
  oldKeyExpiresAt!: Date | null;
}

@ObjectType('Project', {
  implements: NodeType,
  description: 'What keys, responses, conversations and prompts belong to.',
})
export class ProjectType {
  @Field(() => ID, { description: 'Id of the project, `proj_…`.' })
  id!: string;

  @Field(() => String, { description: 'Name of the project.' })
  name!: string;

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;
}

const AuditActorEnum = defineEnum('AuditActor', 'Who did something administrative.', {
  KEY: ['key', 'The caller with the key of `keyId`.'],
  COMMAND_LINE: ['command_line', 'Someone at the command line of the installation.'],
  SERVER: ['server', 'The server, as its environment told it to.'],
});

@ObjectType('AuditEntry', {
  implements: NodeType,
  description: 'Something administrative that was done. Entries are never changed.',
})
export class AuditEntryType {
  @Field(() => ID, { description: 'Id of the entry, `audit_…`.' })
  id!: string;

  @Field(() => String, { description: 'What was done, such as `api_key.rotated`.' })
  action!: string;

  @Field(() => AuditActorEnum, { description: 'Who did it.' })
  actor!: string;

  @Field(() => ID, { nullable: true, description: 'The key it was done with, `key_…`.' })
  keyId!: string | null;

  @Field(() => ID, { description: 'What it was done to.' })
  targetId!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'As it was; null for something new.' })
  before!: object | null;

  @Field(() => JsonScalar, { nullable: true, description: 'As it is since. Secrets are never part of it.' })
  after!: object | null;

  @Field(() => String, { nullable: true, description: 'The request it was done in, as `x-request-id` named it.' })
  requestId!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was done.' })
  createdAt!: Date;
}

@ObjectType('ClientToken', {
  description: 'A short-lived token for the browser of one end user. It sees and makes that user’s objects only.',
})
export class ClientTokenType {
  @Field(() => String, { description: 'What the browser sends as its key. It is not shown again.' })
  value!: string;

  @Field(() => String, { description: 'The end user it is bound to.' })
  user!: string;

  @Field(() => [String], { description: 'What it may do.' })
  scopes!: readonly string[];

  @Field(() => [String], { nullable: true, description: 'Models it may use; null: all of them.' })
  models!: readonly string[] | null;

  @Field(() => DateTimeScalar, { description: 'When it stops working, unless its key does before.' })
  expiresAt!: Date;
}

export const ApiKeyConnection = defineConnection('ApiKey', 'keys', () => ApiKeyType);
export const ProjectConnection = defineConnection('Project', 'projects', () => ProjectType);
export const AuditEntryConnection = defineConnection('AuditEntry', 'administrative actions', () => AuditEntryType);
