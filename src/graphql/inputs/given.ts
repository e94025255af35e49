/** A body in the API's own spelling, unchecked: the services check it once for every door. */
export type Body = Record<string, unknown>;

/** Leaves out what was not given. Null stays: it clears a field. */
export function given(members: Body): Body {
  const kept: Body = {};
  for (const name in members) if (members[name] !== undefined) kept[name] = members[name];
  return kept;
}
