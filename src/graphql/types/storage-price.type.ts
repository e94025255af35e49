import { Field, ID, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { DateTimeScalar } from '../scalars.js';
import { NodeType } from './node.type.js';
import { definePayload } from './payload.types.js';

@ObjectType('StoragePrice', {
  implements: NodeType,
  description:
    'What a GB in vector stores costs the project for a day, from a moment on until a later storage price begins.',
})
export class StoragePriceType {
  @Field(() => ID, { description: 'Id of the price, `sprice_…`.' })
  id!: string;

  @Field(() => String, { description: '10⁹ bytes in vector stores for a day, as a decimal in the currency.' })
  gbDay!: string;

  @Field(() => DateTimeScalar, { description: 'From when it holds. A day is paid at the price of when it is charged.' })
  effectiveAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was set, in whole seconds.' })
  createdAt!: Date;
}

export const StoragePriceConnection = defineConnection('StoragePrice', 'storage prices', () => StoragePriceType);

export const CreateStoragePricePayload = definePayload(
  'CreateStoragePricePayload',
  'storagePrice',
  () => StoragePriceType,
  'The new price.',
);

export const DeleteStoragePricePayload = definePayload(
  'DeleteStoragePricePayload',
  'deletedId',
  () => ID,
  'Id of the price that is gone.',
);
