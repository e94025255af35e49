import { readFileSync } from 'node:fs';

/** `w` shares words with its document, `p` says it otherwise, `t` is technical, `u` is answered by none. */
export type Kind = 'w' | 'p' | 't' | 'u';

export interface Question {
  kind: Kind;
  text: string;
  /** Name of the document that answers it; null for `u`. */
  document: string | null;
}

export interface QuestionSet {
  documents: { name: string; text: string }[];
  questions: Question[];
}

/** Reads set.txt; its first lines say how it is written. */
export function readQuestionSet(): QuestionSet {
  const set: QuestionSet = { documents: [], questions: [] };
  for (const line of readFileSync(new URL('./set.txt', import.meta.url), 'utf8').split('\n')) {
    const question = /^([wptu]): (.+)$/.exec(line);
    const document = set.documents.at(-1);
    if (question !== null) {
      const kind = question[1] as Kind;
      set.questions.push({
        kind,
        text: question[2] as string,
        document: kind === 'u' ? null : (document?.name ?? null),
      });
    } else if (line.startsWith('= ')) set.documents.push({ name: line.slice(2), text: '' });
    else if (!line.startsWith('#') && document !== undefined) document.text = `${document.text}${line}\n`.trimStart();
  }
  return set;
}
