/** Content parts and annotations in the API's own spelling (content section). Unknown members are kept. */

export interface InputTextPart {
  type: 'input_text';
  text: string;
}
export interface InputImagePart {
  type: 'input_image';
  detail?: string;
  image_url?: string | null;
  file_id?: string | null;
}
export interface InputFilePart {
  type: 'input_file';
  file_id?: string | null;
  file_data?: string | null;
  file_url?: string | null;
  filename?: string | null;
}
export interface OutputTextPart {
  type: 'output_text';
  text: string;
  annotations: Annotation[];
  logprobs?: unknown[];
}
export interface RefusalPart {
  type: 'refusal';
  refusal: string;
}
export interface ReasoningTextPart {
  type: 'reasoning_text';
  text: string;
}
/** A part whose type this version does not know: stored and returned unharmed. */
export interface OtherPart {
  type: string;
  [member: string]: unknown;
}
export type ContentPart =
  | InputTextPart
  | InputImagePart
  | InputFilePart
  | OutputTextPart
  | RefusalPart
  | ReasoningTextPart
  | OtherPart;

export interface UrlCitation {
  type: 'url_citation';
  url: string;
  title: string;
  start_index: number;
  end_index: number;
}
export interface FileCitation {
  type: 'file_citation';
  file_id: string;
  filename: string;
  index: number;
}
export interface OtherAnnotation {
  type: string;
  [member: string]: unknown;
}
export type Annotation = UrlCitation | FileCitation | OtherAnnotation;

/** The readable text of message content: its text parts joined. */
export function textOf(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content) if ('text' in part && typeof part.text === 'string') text += part.text;
  return text;
}
