import { Field, ID, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { DateTimeScalar } from '../scalars.js';
import { NodeType } from './node.type.js';
import { definePayload } from './payload.types.js';

const PER_MILLION = 'per million, as a decimal in the currency';

@ObjectType('ToolCallPrice', { description: 'What one call of a tool that runs on the server costs.' })
export class ToolCallPriceType {
  @Field(() => String, { description: 'Type of the tool, such as `web_search`.' })
  tool!: string;

  @Field(() => String, { description: 'A decimal in the currency, such as `"0.01"`.' })
  amount!: string;
}

@ObjectType('Price', {
  implements: NodeType,
  description: 'What a model costs the project, from a moment on until a later price of the same model begins.',
})
export class PriceType {
  @Field(() => ID, { description: 'Id of the price, `price_…`.' })
  id!: string;

  @Field(() => String, { description: 'The model, by the name clients use.' })
  model!: string;

  @Field(() => String, { description: `Input tokens, ${PER_MILLION}.` })
  input!: string;

  @Field(() => String, { description: `Input tokens the upstream had cached, ${PER_MILLION}.` })
  cachedInput!: string;

  @Field(() => String, { description: `Output tokens, ${PER_MILLION}.` })
  output!: string;

  @Field(() => String, { description: `Output tokens that are reasoning, ${PER_MILLION}.` })
  reasoning!: string;

  @Field(() => [ToolCallPriceType], { description: 'Tools whose calls cost something; others are free.' })
  toolCalls!: ToolCallPriceType[];

  @Field(() => DateTimeScalar, { description: 'From when it holds. Runs are paid at the price of their beginning.' })
  effectiveAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was set, in whole seconds.' })
  createdAt!: Date;
}

export const PriceConnection = defineConnection('Price', 'prices', () => PriceType);

export const CreatePricePayload = definePayload('CreatePricePayload', 'price', () => PriceType, 'The new price.');

export const DeletePricePayload = definePayload(
  'DeletePricePayload',
  'deletedId',
  () => ID,
  'Id of the price that is gone.',
);
