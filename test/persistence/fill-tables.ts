/** So many ended responses, forks all, of an input and an output item each, for plans that are only good on full tables. */
export async function fillTables(
  query: (text: string, values: unknown[]) => Promise<unknown>,
  projectId: string,
  responses: number,
): Promise<void> {
  await query(
    `with r as (
       insert into responses (project_id, id, status, model, created_at, key_id, background, logged, thread_id,
         input_start, output_start, output_end, settings)
       select $1, id, 'completed', 'm', now(), gen_random_uuid(), false, false, id, 0, 1, 2, '{}'
       from (select gen_random_uuid() as id from generate_series(1, $2)) as made
       returning project_id, id
     ), t as (
       insert into threads (project_id, id, parent_thread_id, parent_position) select project_id, id, gen_random_uuid(), 0 from r
     )
     insert into items (project_id, thread_id, position, id, payload)
     select project_id, id, n, gen_random_uuid(), '{}' from r, generate_series(0, 1) n`,
    [projectId, responses],
  );
}
