/** Words by which a question asks, and which no document answers with. */
const OPENING =
  /^(?:(?:please|hi|hello|hey|can|could|would|will|you|i|we|do|does|did|is|are|was|were|want|need|like|tell|show|give|find|explain|describe|know|to|me|us|about|what|which|who|whom|whose|where|when|why|how|much|many|the|a|an|there|it|of)\b[\s,]*)+/iu;

/** A question as a search would have it: without its opening and its punctuation. A question of such words alone stays. */
export function rewriteQuery(query: string): string {
  const rest = query
    .replace(OPENING, '')
    .replaceAll(/[?!.]+(?=\s|$)/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return rest === '' ? query : rest;
}
