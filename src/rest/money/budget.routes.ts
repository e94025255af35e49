import { budgetTerms, thresholdReached } from '../../domain/budget.js';
import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import { CreateBudgetBody, UpdateBudgetBody } from '../../services/money/budget.schema.js';
import type { BudgetWithState } from '../../services/money/budget.service.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';
import { actorIn, ProjectQuery } from '../project-query.js';

const toWire = (budget: BudgetWithState) => ({
  id: toPublicId('budget', budget.id),
  object: 'budget',
  ...budgetTerms(budget),
  threshold_reached: thresholdReached(budget, Date.now()),
  spent: printAmount(budget.settled),
  reserved: printAmount(budget.reserved),
  resets_at: budget.resetsAtMs === null ? null : Math.floor(budget.resetsAtMs / 1000),
  created_at: Math.floor(budget.createdAtMs / 1000),
});

/** What may be spent. */
export const budgetRoutes = [
  defineRoute({
    method: 'POST',
    path: '/budgets',
    operation: 'createBudget',
    summary: 'Limit what the project, a key, end users or labels may spend.',
    body: CreateBudgetBody,
    query: ProjectQuery,
    status: 201,
    answers: 'Budget',
    handle: async (context) => toWire(await context.services.budgets.create(await actorIn(context), context.body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/budgets',
    operation: 'budgets',
    summary: 'List budgets with what is spent and held in their present windows, newest first.',
    query: ListQuery.extend(ProjectQuery.shape),
    answers: 'BudgetList',
    async handle(context) {
      const request = readListQuery(context.query, publicId('budget'));
      const page = await context.services.budgets.list(await actorIn(context), request);
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/budgets/:id',
    operation: 'budget',
    summary: 'Read a budget.',
    query: ProjectQuery,
    answers: 'Budget',
    handle: async (context) =>
      toWire(await context.services.budgets.get(await actorIn(context), context.params.id as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/budgets/:id',
    operation: 'updateBudget',
    summary: 'Change the limit of a budget, or whether it refuses.',
    body: UpdateBudgetBody,
    query: ProjectQuery,
    answers: 'Budget',
    async handle(context) {
      const { services, params, body } = context;
      return toWire(await services.budgets.update(await actorIn(context), params.id as string, body));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/budgets/:id',
    operation: 'deleteBudget',
    summary: 'Delete a budget. What was charged to it stays on record.',
    query: ProjectQuery,
    answers: 'DeletedBudget',
    async handle(context) {
      const { services, params } = context;
      await services.budgets.delete(await actorIn(context), params.id as string);
      return { id: params.id, object: 'budget.deleted', deleted: true };
    },
  }),
];
