import { Field, ObjectType } from 'type-graphql';
import { ApiKeyType, ProjectType } from './access.type.js';
import { BudgetType } from './budget.type.js';

@ObjectType('Viewer', { description: 'Who is asking.' })
export class ViewerType {
  @Field(() => ApiKeyType, { description: 'The key of this request.' })
  key!: ApiKeyType;

  @Field(() => ProjectType, { description: 'The project the key belongs to.' })
  project!: ProjectType;

  @Field(() => [BudgetType], { description: 'What the key may spend; empty means without limit.' })
  budgets!: BudgetType[];
}
