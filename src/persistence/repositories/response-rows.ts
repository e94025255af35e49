import type { ResponseRecord, ResponseSettings, ResponseStatus } from '../../domain/response.js';

/** Columns of `responses` that make a record. */
export interface ResponseRow {
  project_id: string;
  id: string;
  status: ResponseStatus;
  model: string;
  created_at: Date;
  completed_at: Date | null;
  key_id: string;
  end_user: string | null;
  previous_response_id: string | null;
  conversation_id: string | null;
  prompt_id: string | null;
  prompt_version: number | null;
  background: boolean;
  logged: boolean;
  settings: string;
  metadata: Record<string, string>;
  error: string | null;
  incomplete_reason: string | null;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  last_sequence: number | null;
}

export type ResponseMember = keyof ResponseRecord;

type Column = keyof ResponseRow;
type Reader<Member extends ResponseMember> = readonly [
  columns: readonly Column[],
  read: (row: ResponseRow) => ResponseRecord[Member],
];

const usageOf = (row: ResponseRow): ResponseRecord['usage'] =>
  row.input_tokens === null
    ? null
    : {
        inputTokens: row.input_tokens,
        cachedInputTokens: row.cached_input_tokens ?? 0,
        outputTokens: row.output_tokens ?? 0,
        reasoningTokens: row.reasoning_tokens ?? 0,
      };

/** Each member of a record: the columns it is read from, and how. */
const READERS: { readonly [Member in ResponseMember]: Reader<Member> } = {
  projectId: [['project_id'], (row) => row.project_id],
  id: [['id'], (row) => row.id],
  status: [['status'], (row) => row.status],
  model: [['model'], (row) => row.model],
  createdAtMs: [['created_at'], (row) => row.created_at.getTime()],
  completedAtMs: [['completed_at'], (row) => row.completed_at?.getTime() ?? null],
  keyId: [['key_id'], (row) => row.key_id],
  endUser: [['end_user'], (row) => row.end_user],
  previousResponseId: [['previous_response_id'], (row) => row.previous_response_id],
  conversationId: [['conversation_id'], (row) => row.conversation_id],
  promptId: [['prompt_id'], (row) => row.prompt_id],
  promptVersion: [['prompt_version'], (row) => row.prompt_version],
  background: [['background'], (row) => row.background],
  store: [[], () => true],
  logged: [['logged'], (row) => row.logged],
  settings: [['settings'], (row) => JSON.parse(row.settings) as ResponseSettings],
  metadata: [['metadata'], (row) => row.metadata],
  error: [['error'], (row) => (row.error === null ? null : JSON.parse(row.error))],
  incompleteReason: [['incomplete_reason'], (row) => row.incomplete_reason],
  usage: [['input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens'], usageOf],
  lastSequence: [['last_sequence'], (row) => row.last_sequence],
};

export const ALL_MEMBERS = Object.keys(READERS) as readonly ResponseMember[];

export interface ResponseReader<Member extends ResponseMember> {
  /** The columns, of `responses` under the alias `r`, that it reads; the id is always among them. */
  readonly columns: string;
  readonly read: (row: ResponseRow) => Pick<ResponseRecord, Member | 'id'>;
}

/** Callers keep their lists of members, so most readers were made before. */
const readers = new WeakMap<readonly ResponseMember[], ResponseReader<ResponseMember>>();

/** Makes records with these members from rows that have their columns. */
export function readerOf<Member extends ResponseMember>(members: readonly Member[]): ResponseReader<Member> {
  const found = readers.get(members);
  if (found !== undefined) return found;
  const others = members.filter((member) => member !== 'id');
  const columns: Column[] = ['id', ...others.flatMap((member) => READERS[member][0])];
  const parts = others.map((member) => [member, READERS[member][1]] as const);
  const reader: ResponseReader<ResponseMember> = {
    columns: columns.map((column) => `r.${column}`).join(', '),
    read: (row) => {
      const record: Partial<Record<ResponseMember, unknown>> = { id: row.id };
      for (const [member, read] of parts) record[member] = read(row);
      return record as ResponseRecord;
    },
  };
  readers.set(members, reader);
  return reader;
}

/** The whole record. */
export const { columns: ALL_COLUMNS, read: toRecord }: ResponseReader<ResponseMember> = readerOf(ALL_MEMBERS);
