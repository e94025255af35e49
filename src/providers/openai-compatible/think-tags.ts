const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Tells thoughts from text where a model writes `<think>…</think>` in front of its answer and the server passes that on as
 * text. Only a tag at the very beginning counts, white space aside: later ones may be what the answer is about. Tags may be
 * cut anywhere between two pieces.
 */
export function createThinkTags() {
  let state: 'start' | 'thinking' | 'thought' | 'answering' = 'start';
  let held = '';
  let hasThought = false;

  /** Text right behind the thoughts begins with its first word. */
  const answer = (piece: string): string => {
    if (state === 'answering') return piece;
    const text = piece.trimStart();
    if (text !== '') state = 'answering';
    return text;
  };

  const think = (piece: string): string => {
    const thought = hasThought ? piece : piece.trimStart();
    hasThought ||= thought !== '';
    return thought;
  };

  /** What was held back, as text unless the model was still thinking. */
  const end = (): string => {
    const rest = state === 'thinking' ? '' : held;
    state = 'answering';
    held = '';
    return rest;
  };

  return {
    /** Splits the next piece. What may still become a tag is held back until it is decided. */
    take(piece: string): { thought: string; text: string } {
      if (state === 'answering' || state === 'thought') return { thought: '', text: answer(piece) };
      held += piece;
      if (state === 'start') {
        const begun = held.trimStart();
        if (begun.length < OPEN.length && OPEN.startsWith(begun)) return { thought: '', text: '' };
        if (!begun.startsWith(OPEN)) return { thought: '', text: end() };
        state = 'thinking';
        held = begun.slice(OPEN.length);
      }
      const close = held.indexOf(CLOSE);
      const certain = close === -1 ? held.length - tailOf(held) : close;
      const thought = think(close === -1 ? held.slice(0, certain) : held.slice(0, certain).trimEnd());
      held = held.slice(certain);
      if (close === -1) return { thought, text: '' };
      const rest = held.slice(CLOSE.length);
      held = '';
      state = 'thought';
      return { thought, text: answer(rest) };
    },

    end,
  };
}

/** How much of the end may be the beginning of the closing tag, white space in front of it included. */
function tailOf(text: string): number {
  let length = 0;
  for (let size = Math.min(CLOSE.length - 1, text.length); size > 0 && length === 0; size -= 1)
    if (CLOSE.startsWith(text.slice(-size))) length = size;
  const before = text.slice(0, text.length - length);
  return length + (before.length - before.trimEnd().length);
}

export type ThinkTags = ReturnType<typeof createThinkTags>;
