import { Field, ID, InputType } from 'type-graphql';
import { CHARGEABLE_TOOLS } from '../../domain/tool-calls.js';
import { DateTimeScalar } from '../scalars.js';
import { OTHER_PROJECT } from './access.input.js';

const PER_MILLION = 'per million, as a decimal in the currency such as `"0.15"`';

@InputType('ToolCallPriceInput', { description: 'What one call of a tool that runs on the server costs.' })
class ToolCallPriceInput {
  @Field(() => String, {
    description: `Type of the tool: ${CHARGEABLE_TOOLS.map((tool) => `\`${tool}\``).join(', ')}.`,
  })
  tool!: string;

  @Field(() => String, { description: 'A decimal in the currency, such as `"0.01"`.' })
  amount!: string;
}

@InputType('CreatePriceInput', { description: 'What a model costs the project, from now or a later time on.' })
export class CreatePriceInput {
  @Field(() => String, { description: 'The model, by the name clients use.' })
  model!: string;

  @Field(() => String, { description: `Input tokens, ${PER_MILLION}.` })
  input!: string;

  @Field(() => String, { nullable: true, description: `Cached input tokens, ${PER_MILLION}. Default: as input.` })
  cachedInput?: string | null;

  @Field(() => String, { description: `Output tokens, ${PER_MILLION}.` })
  output!: string;

  @Field(() => String, { nullable: true, description: `Reasoning tokens, ${PER_MILLION}. Default: as output.` })
  reasoning?: string | null;

  @Field(() => [ToolCallPriceInput], { nullable: true, description: 'Calls of tools. Default: they cost nothing.' })
  toolCalls?: ToolCallPriceInput[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From when it holds, in whole seconds. Default: now.' })
  effectiveAt?: Date | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

/** The input as REST's body. */
export const toPriceBody = (input: CreatePriceInput) => ({
  model: input.model,
  input: input.input,
  cached_input: input.cachedInput,
  output: input.output,
  reasoning: input.reasoning,
  tool_calls: input.toolCalls && Object.fromEntries(input.toolCalls.map(({ tool, amount }) => [tool, amount])),
  effective_at: input.effectiveAt && Math.floor(input.effectiveAt.getTime() / 1000),
});
