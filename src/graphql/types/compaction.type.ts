import { Field, ObjectType } from 'type-graphql';
import { ItemType } from './item.type.js';
import { UsageType } from './usage.type.js';

@ObjectType('CompactedContext', { description: 'A context made smaller.' })
export class CompactedContextType {
  @Field(() => [ItemType], {
    description: 'Messages of the user that were kept, then one `Compaction`. Send it as input of the next request.',
  })
  output!: ItemType[];

  @Field(() => UsageType, { description: 'What summing up has used.' })
  usage!: UsageType;
}
