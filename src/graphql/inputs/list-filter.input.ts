import { Field, InputType } from 'type-graphql';
import { z } from 'zod';
import type { MetadataFilter, NameFilter } from '../../domain/list-filter.js';
import { Metadata, parseInput } from '../../services/validation.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';

/** What every list can be filtered by. */
@InputType()
export abstract class CreationFilterInput {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Only those created at this moment or later.' })
  createdFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only those created before this moment.' })
  createdBefore?: Date | null;
}

const METADATA = 'Only those whose metadata has all of these pairs, a map of texts.';
const NAME = 'Only those whose name begins with this.';

@InputType('ConversationFilter', { description: 'Which conversations to list; conditions add up.' })
export class ConversationFilterInput extends CreationFilterInput {
  @Field(() => JsonScalar, { nullable: true, description: METADATA })
  metadata?: unknown;
}

@InputType('FileFilter', { description: 'Which files to list; conditions add up.' })
export class FileFilterInput extends CreationFilterInput {}

@InputType('VectorStoreFilter', { description: 'Which vector stores to list; conditions add up.' })
export class VectorStoreFilterInput extends CreationFilterInput {
  @Field(() => String, { nullable: true, description: NAME })
  nameStartsWith?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: METADATA })
  metadata?: unknown;
}

@InputType('PromptFilter', { description: 'Which prompts to list; conditions add up.' })
export class PromptFilterInput extends CreationFilterInput {
  @Field(() => String, { nullable: true, description: NAME })
  nameStartsWith?: string | null;
}

@InputType('ApiKeyFilter', { description: 'Which keys to list; conditions add up.' })
export class ApiKeyFilterInput extends CreationFilterInput {
  @Field(() => String, { nullable: true, description: NAME })
  nameStartsWith?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: only keys that work now. False: only ended ones.' })
  live?: boolean | null;
}

interface Given extends CreationFilterInput {
  metadata?: unknown;
  nameStartsWith?: string | null;
  live?: boolean | null;
}

const MetadataCondition = z.object({ metadata: Metadata });

/** A filter in the services' terms; what is null is not asked for. @throws 400 for metadata that is no map of texts */
export function toListFilter(filter: Given | null | undefined): MetadataFilter & NameFilter & { live?: boolean } {
  const { createdFrom, createdBefore, metadata, nameStartsWith, live } = filter ?? {};
  return {
    ...(createdFrom ? { createdFromMs: createdFrom.getTime() } : {}),
    ...(createdBefore ? { createdBeforeMs: createdBefore.getTime() } : {}),
    ...(metadata === null || metadata === undefined ? {} : parseInput(MetadataCondition, { metadata })),
    // PostgreSQL knows no text with a NUL, and would refuse the question; no name has the other character either.
    ...(typeof nameStartsWith === 'string' ? { nameStartsWith: nameStartsWith.replaceAll('\0', '\uFFFD') } : {}),
    ...(typeof live === 'boolean' ? { live } : {}),
  };
}
