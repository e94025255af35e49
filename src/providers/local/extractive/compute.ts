import type { ChatMessage, ChatRequest } from '../chat-request.js';
import { calculate } from './arithmetic.js';
import type { AnswerPlan, Rule } from './rule.js';

/** Most numbers counted at once. */
const maxCount = 10_000;

export const compute: Rule = {
  name: 'd',
  when: 'arithmetic, "count from a to b", echo or repeat, upper or lower case, or a list of the tools or files is asked for',
  answer: 'the result: "1, 2, 3, 4, 5"',
  apply({ request, reading }): AnswerPlan | null {
    const whole = reading.message.trim();
    const text =
      calculate(reading.question) ??
      count(reading.question) ??
      changeCase(whole) ??
      echo(whole) ??
      list(reading.question, request);
    return text === null ? null : { text };
  },
};

/** "Count from 1 to 5", "count to 3", "count down from 5 to 1". */
function count(question: string): string | null {
  const match =
    /\bcount\s+(down\s+)?(?:from\s+(-?\d{1,9})\s+)?(?:up\s+|down\s+)?(?:to|until)\s+(-?\d{1,9})\b/i.exec(question) ??
    /\bcount\s+(down)\s+from\s+(-?\d{1,9})\b/i.exec(question);
  if (match === null) return null;
  const [, down, from, to] = match;
  const first = from === undefined ? 1 : Number(from);
  const last = to === undefined ? (down === undefined ? first : 1) : Number(to);
  const step = last < first ? -1 : 1;
  const wanted = Math.abs(last - first) + 1;
  const numbers = Array.from({ length: Math.min(wanted, maxCount) }, (_, i) => first + i * step).join(', ');
  return wanted > maxCount ? `${numbers} (I count at most ${maxCount} numbers at once.)` : numbers;
}

/** "Uppercase: hello", "convert 'hello' to upper case", "write hello in lower case". */
function changeCase(message: string): string | null {
  const named = /^(?:please\s+)?(?:to\s+|make\s+|convert\s+)?(upper|lower)[\s-]?case\s*(?::\s*|\s+)([\s\S]+)$/i.exec(
    message,
  );
  const asked =
    /^(?:please\s+)?(?:convert|write|put|turn|change|make|say|print)\s+([\s\S]+?)\s+(?:to|in|into)\s+(upper|lower)[\s-]?case[.!?]*$/i.exec(
      message,
    );
  const kind = (named?.[1] ?? asked?.[2])?.toLowerCase();
  const text = named?.[2] ?? asked?.[1];
  if (kind === undefined || text === undefined) return null;
  const bare = unquote(text);
  return kind === 'upper' ? bare.toUpperCase() : bare.toLowerCase();
}

/** "Echo hello", "repeat after me: hello", "say: hello", 'say "hello"'. */
function echo(message: string): string | null {
  const match =
    /^(?:please\s+)?(?:echo|repeat(?:\s+(?:after\s+me|this|the\s+following))?)\s*(?::\s*|\s+)([\s\S]+)$/i.exec(
      message,
    ) ??
    /^(?:please\s+)?(?:say|print|write|output)(?:\s*:\s*([\s\S]+)|\s+(?:exactly\s*:?\s*)?(["“'`][\s\S]+["”'`])[.!]?)$/i.exec(
      message,
    ) ??
    /^(?:please\s+)?say\s+([^\s"“]+)[.!]?$/i.exec(message);
  const text = match?.[1] ?? match?.[2];
  return text === undefined ? null : unquote(text);
}

function list(question: string, request: ChatRequest): string | null {
  const match =
    /\b(?:list|show|name)\b(?:\s+\w+){0,4}?\s+(tools|functions|files|attachments)\b/i.exec(question) ??
    /\b(?:which|what)\s+(tools|functions|files|attachments)\s+(?:do|are|can|have|did|were|may)\b/i.exec(question);
  if (match === null) return null;
  if (/^(tool|function)/i.test(match[1] ?? '')) {
    const names = request.tools.map((tool) => tool.name);
    return names.length === 0 ? 'No tools are offered in this request.' : `I can call: ${names.join(', ')}.`;
  }
  const files = request.messages.flatMap(filesOf);
  return files.length === 0 ? 'No files are attached to this conversation.' : `Attached files: ${files.join(', ')}.`;
}

const filesOf = (message: ChatMessage): string[] =>
  message.attachments.map((attachment) => attachment.filename ?? 'a file without a name');

function unquote(text: string): string {
  const trimmed = text.trim();
  return /^(["'`])[\s\S]*\1$|^“[\s\S]*”$/.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}
