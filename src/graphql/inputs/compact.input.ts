import { Field, ID, InputType } from 'type-graphql';
import { ServiceTierEnum } from '../types/enums.js';
import { ResponseInputValue } from './response.input.js';

@InputType('CompactInput', { description: 'A context that is to be made smaller, and the model that sums it up.' })
export class CompactInput {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => ResponseInputValue, { nullable: true, description: 'The context, or what follows the history.' })
  input?: ResponseInputValue | null;

  @Field(() => String, { nullable: true, description: 'System text the conversation goes by. It is not compacted.' })
  instructions?: string | null;

  @Field(() => ID, { nullable: true, description: 'Everything up to this stored response comes first.' })
  previousResponseId?: string | null;

  @Field(() => String, { nullable: true, description: 'Groups requests for the upstream’s cache.' })
  promptCacheKey?: string | null;

  @Field(() => ServiceTierEnum, { nullable: true, description: 'The upstream’s processing class. Default `AUTO`.' })
  serviceTier?: string | null;
}
