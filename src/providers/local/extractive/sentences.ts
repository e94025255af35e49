const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences of a text, word for word without the white space around them. Line ends separate too. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  for (const line of text.split(/[\r\n]+/)) {
    if (line.trim() === '') continue;
    for (const { segment } of segmenter.segment(line)) {
      const sentence = segment.trim();
      if (/[\p{L}\p{N}]/u.test(sentence)) sentences.push(sentence);
    }
  }
  return sentences;
}

const questionStart =
  /^(and |so |but |then |please )*(what|who|whom|whose|which|when|where|why|how|do|does|did|is|are|was|were|am|can|could|will|would|should|has|have|had|tell me|remind me|recall)\b/i;

/** Whether a sentence asks something. */
export const isQuestion = (sentence: string): boolean =>
  /\?["'”’)\]]*$/.test(sentence.trim()) || questionStart.test(sentence.trim());
