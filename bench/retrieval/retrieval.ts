import { rmSync } from 'node:fs';
import { makeTemporaryFolder } from '../../test/support/postgres.js';
import { startServerProcess } from '../../test/support/process.js';
import { type Kind, type Question, readQuestionSet } from './question-set.js';

/**
 * `npm run bench:retrieval`: how often a search finds the document that answers a question, by vectors alone, by full text
 * alone and by both, and how often the built-in model refuses what no document answers. Over the API of a server of its own,
 * with the built-in embedding model. Questions of every second document are for tuning; the others are reported.
 */
const KEY = 'sk-antiphon-bench-retrieval';
const NAMES: Record<Kind, string> = { w: 'shared words', p: 'paraphrase', t: 'technical', u: 'not answerable' };
const METHODS = {
  vectors: { embedding_weight: 1, text_weight: 0 },
  'full text': { embedding_weight: 0, text_weight: 1 },
  'hybrid 0.3/0.7': { embedding_weight: 0.3, text_weight: 0.7 },
  'hybrid 0.5/0.5': undefined,
  'hybrid 0.7/0.3': { embedding_weight: 0.7, text_weight: 0.3 },
};

interface Score {
  questions: number;
  first: number;
  three: number;
  reciprocal: number;
}

async function bench(): Promise<void> {
  const set = readQuestionSet();
  const folder = makeTemporaryFolder();
  const server = await startServerProcess({ DATA_DIR: folder, ANTIPHON_API_KEY: KEY });
  const call = async (method: string, path: string, body?: object | FormData) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers are printed, not built upon
    const json = (await answer.json()) as any;
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
    return json;
  };
  try {
    const fileIds: string[] = [];
    for (const { name, text } of set.documents) {
      const form = new FormData();
      form.append('purpose', 'assistants');
      form.append('file', new Blob([text]), name);
      fileIds.push((await call('POST', '/files', form)).id);
    }
    const started = performance.now();
    const store = await call('POST', '/vector_stores', { file_ids: fileIds });
    for (let state = store; state.status !== 'completed'; state = await call('GET', `/vector_stores/${store.id}`))
      await new Promise((resolve) => setTimeout(resolve, 100));
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${set.documents.length} documents indexed in ${seconds.toFixed(1)} s; ${set.questions.length} questions\n`,
    );

    const rankOf = async (question: Question, weights: object | undefined): Promise<number> => {
      const { data } = await call('POST', `/vector_stores/${store.id}/search`, {
        query: question.text,
        max_num_results: 50,
        ranking_options: { hybrid_search: weights },
      });
      return data.findIndex(({ filename }: { filename: string }) => filename === question.document) + 1;
    };
    const isReported = (question: Question): boolean =>
      set.documents.findIndex(({ name }) => name === question.document) % 2 === 1;

    for (const half of ['for tuning', 'reported']) {
      console.log(`| ${half} | ${Object.keys(METHODS).join(' | ')} |`);
      console.log(
        `|---|${Object.keys(METHODS)
          .map(() => '---|')
          .join('')}`,
      );
      for (const kind of ['w', 'p', 't'] as const) {
        const questions = set.questions.filter(
          (question) => question.kind === kind && isReported(question) === (half === 'reported'),
        );
        const cells: string[] = [];
        for (const weights of Object.values(METHODS)) {
          const score: Score = { questions: questions.length, first: 0, three: 0, reciprocal: 0 };
          for (const question of questions) {
            const rank = await rankOf(question, weights);
            if (rank === 1) score.first += 1;
            if (rank >= 1 && rank <= 3) score.three += 1;
            if (rank >= 1) score.reciprocal += 1 / rank;
          }
          cells.push(print(score));
        }
        console.log(`| ${NAMES[kind]} (${questions.length}) | ${cells.join(' | ')} |`);
      }
      console.log('');
    }
    console.log('Each cell: hit@1, hit@3, MRR.\n');

    const ask = async (question: Question): Promise<{ text: string; cites: string[] }> => {
      const response = await call('POST', '/responses', {
        model: 'local',
        input: question.text,
        tools: [{ type: 'file_search', vector_store_ids: [store.id] }],
        store: false,
      });
      const [part] = response.output.at(-1).content;
      return { text: part.text, cites: part.annotations.map(({ filename }: { filename: string }) => filename) };
    };
    for (const kind of ['u', 'w', 'p', 't'] as const) {
      const questions = set.questions.filter((question) => question.kind === kind);
      let refused = 0;
      let right = 0;
      for (const question of questions) {
        const { text, cites } = await ask(question);
        if (text === "The sources don't say.") refused += 1;
        else if (question.document !== null && cites.includes(question.document)) right += 1;
      }
      const share = (count: number): string => (count / questions.length).toFixed(2);
      console.log(
        kind === 'u'
          ? `The built-in model refuses ${share(refused)} of the questions that are ${NAMES.u}.`
          : `Of the ${NAMES[kind]} questions it answers ${share(right)} with a quote from the right document and refuses ${share(refused)}.`,
      );
    }
  } finally {
    await server.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

const print = ({ questions, first, three, reciprocal }: Score): string =>
  [first, three, reciprocal].map((count) => (count / questions).toFixed(2)).join(' ');

await bench();
