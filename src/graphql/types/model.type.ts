import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';

@ObjectType('Model', { description: 'A name that requests may give as `model`. Names are no ids, so it is no `Node`.' })
export class ModelType {
  @Field(() => ID, { description: 'The name.' })
  id!: string;

  @Field(() => String, { description: 'Who offers it: the provider, or what the upstream says.' })
  ownedBy!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the upstream says it was made; null if it does not say.',
  })
  createdAt!: Date | null;
}
