import { defineRoute } from '../define-route.js';

export const deleteResponseRoute = defineRoute({
  method: 'DELETE',
  path: '/responses/:id',
  operation: 'deleteResponse',
  summary: 'Delete a stored response. A running one is stopped.',
  answers: 'DeletedResponse',
  async handle({ principal, services, params }) {
    const id = params.id as string;
    await services.responses.delete(principal, id);
    return { id, object: 'response', deleted: true };
  },
});
