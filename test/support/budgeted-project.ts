import type pg from 'pg';

/** A project with a budget, whose one window has been opened. */
export async function insertBudgetedProject(
  client: pg.Client,
  { projectId, budgetId, windowMs }: { projectId: string; budgetId: string; windowMs: number },
): Promise<void> {
  await client.query(`insert into projects (id, name) values ($1, 'p')`, [projectId]);
  await client.query(
    `insert into budgets (project_id, id, scope, period, cap) values ($1, $2, 'project', 'total', 1000000000)`,
    [projectId, budgetId],
  );
  await client.query(
    `insert into budget_windows (project_id, budget_id, window_start) values ($1, $2, to_timestamp($3 / 1000.0))`,
    [projectId, budgetId, windowMs],
  );
}
