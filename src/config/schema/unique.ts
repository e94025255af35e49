import type { z } from 'zod';

/** Names of a list may not repeat: the later entry would hide the earlier one. */
export const unique =
  <Member extends string>(member: Member) =>
  (entries: readonly Record<Member, string>[], ctx: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, { [member]: name }] of entries.entries()) {
      if (seen.has(name)) ctx.addIssue({ code: 'custom', path: [index, member], message: `'${name}' is taken.` });
      seen.add(name);
    }
  };
