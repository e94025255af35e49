/** So many ended responses of an input and an output item each, for plans that are only good on full tables. */
export async function fillTables(
  query: (text: string, values: unknown[]) => Promise<unknown>,
  projectId: string,
  responses: number,
): Promise<void> {
  await query(
    `with t as (
       insert into threads (project_id, id, next_position) select $1, gen_random_uuid(), 2 from generate_series(1, $2)
       returning project_id, id
     ), r as (
       insert into responses (project_id, id, status, model, created_at, key_id, background, logged, thread_id,
         input_start, output_start, output_end, settings)
       select project_id, gen_random_uuid(), 'completed', 'm', now(), gen_random_uuid(), false, false, id, 0, 1, 2, '{}'
       from t
     )
     insert into items (project_id, thread_id, position, id, payload)
     select project_id, id, n, gen_random_uuid(), '{}' from t, generate_series(0, 1) n`,
    [projectId, responses],
  );
}
