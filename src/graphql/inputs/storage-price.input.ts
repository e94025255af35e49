import { Field, ID, InputType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { OTHER_PROJECT } from './access.input.js';

@InputType('CreateStoragePriceInput', {
  description: 'What a GB in vector stores costs the project for a day, from now or a later time on.',
})
export class CreateStoragePriceInput {
  @Field(() => String, {
    description: '10⁹ bytes in vector stores for a day, as a decimal in the currency such as `"0.10"`.',
  })
  gbDay!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From when it holds, in whole seconds. Default: now.' })
  effectiveAt?: Date | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

/** The input as REST's body. */
export const toStoragePriceBody = ({ gbDay, effectiveAt }: CreateStoragePriceInput) => ({
  gb_day: gbDay,
  effective_at: effectiveAt && Math.floor(effectiveAt.getTime() / 1000),
});
