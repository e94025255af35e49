import { Field, type FieldOptions, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { AnnotationType } from './annotation.type.js';
import { ContentPartType } from './content.type.js';
import { ItemType } from './item.type.js';
import { ResponseType } from './response.type.js';

/** Members of events by their wire names: how each is called, typed and explained in the schema. */
const MEMBERS = {
  response: ['response', () => ResponseType, 'The response as it stood at this event.'],
  item_id: ['itemId', () => ID, 'Id of the item this is about.'],
  output_index: ['outputIndex', () => Int, 'Place of the item in `output`.'],
  content_index: ['contentIndex', () => Int, 'Place of the part in the item’s `content`.'],
  summary_index: ['summaryIndex', () => Int, 'Place of the part in the item’s `summary`.'],
  annotation_index: ['annotationIndex', () => Int, 'Place of the annotation in the part’s `annotations`.'],
  item: ['item', () => ItemType, 'The item as it stood at this event.'],
  part: ['part', () => ContentPartType, 'The part as it stood at this event.'],
  annotation: ['annotation', () => AnnotationType, 'The annotation.'],
  delta: ['delta', () => String, 'What is added.'],
  text: ['text', () => String, 'The whole text.'],
  refusal: ['refusal', () => String, 'The whole refusal.'],
  arguments: ['arguments', () => String, 'The whole arguments, as JSON text.'],
  code: ['code', () => String, 'The whole code.'],
  partial_image_index: ['partialImageIndex', () => Int, 'Number of the draft, from 0.'],
  partial_image_b64: ['partialImageB64', () => String, 'The draft, as base64.'],
  input: ['input', () => String, 'The whole input.'],
  name: ['name', () => String, 'Name of the function.'],
  logprobs: ['logprobs', () => JsonScalar, 'Probabilities of the tokens, where the model gives them.'],
} as const satisfies Record<string, readonly [string, () => object, string]>;

type Member = keyof typeof MEMBERS;

/** Members that a model or an upstream may leave out. */
const OPTIONAL: ReadonlySet<Member> = new Set<Member>(['logprobs', 'name']);

const ITEM = ['output_index', 'item'] as const;
const AT_ITEM = ['item_id', 'output_index'] as const;
const AT_PART = ['item_id', 'output_index', 'content_index'] as const;
const AT_SUMMARY = ['item_id', 'output_index', 'summary_index'] as const;

/** Every event this version knows: wire type → name in the schema, members, meaning. */
const EVENTS: Record<string, readonly [name: string, members: readonly Member[], description: string]> = {
  'response.created': ['ResponseCreatedEvent', ['response'], 'The response exists. Always the first event.'],
  'response.queued': ['ResponseQueuedEvent', ['response'], 'A background response waits for its turn.'],
  'response.in_progress': ['ResponseInProgressEvent', ['response'], 'The model is at work.'],
  'response.completed': ['ResponseCompletedEvent', ['response'], 'The response ended well. The last event.'],
  'response.incomplete': ['ResponseIncompleteEvent', ['response'], 'The response ended early. The last event.'],
  'response.failed': ['ResponseFailedEvent', ['response'], 'The response ended by a fault. The last event.'],
  'response.output_item.added': ['OutputItemAddedEvent', ITEM, 'An item begins.'],
  'response.output_item.done': ['OutputItemDoneEvent', ITEM, 'An item is finished.'],
  'response.content_part.added': ['ContentPartAddedEvent', [...AT_PART, 'part'], 'A part of an item begins.'],
  'response.content_part.done': ['ContentPartDoneEvent', [...AT_PART, 'part'], 'A part of an item is finished.'],
  'response.output_text.delta': ['OutputTextDeltaEvent', [...AT_PART, 'delta', 'logprobs'], 'The text grows.'],
  'response.output_text.done': ['OutputTextDoneEvent', [...AT_PART, 'text', 'logprobs'], 'The text is finished.'],
  'response.output_text.annotation.added': [
    'OutputTextAnnotationAddedEvent',
    [...AT_PART, 'annotation_index', 'annotation'],
    'The text refers to something.',
  ],
  'response.refusal.delta': ['RefusalDeltaEvent', [...AT_PART, 'delta'], 'The refusal grows.'],
  'response.refusal.done': ['RefusalDoneEvent', [...AT_PART, 'refusal'], 'The refusal is finished.'],
  'response.reasoning_text.delta': ['ReasoningTextDeltaEvent', [...AT_PART, 'delta'], 'The model thinks on.'],
  'response.reasoning_text.done': ['ReasoningTextDoneEvent', [...AT_PART, 'text'], 'The model has finished a thought.'],
  'response.reasoning_summary_part.added': [
    'ReasoningSummaryPartAddedEvent',
    [...AT_SUMMARY, 'part'],
    'A summary of the model’s thoughts begins.',
  ],
  'response.reasoning_summary_part.done': [
    'ReasoningSummaryPartDoneEvent',
    [...AT_SUMMARY, 'part'],
    'A summary of the model’s thoughts is finished.',
  ],
  'response.reasoning_summary_text.delta': [
    'ReasoningSummaryTextDeltaEvent',
    [...AT_SUMMARY, 'delta'],
    'The text of a summary grows.',
  ],
  'response.reasoning_summary_text.done': [
    'ReasoningSummaryTextDoneEvent',
    [...AT_SUMMARY, 'text'],
    'The text of a summary is finished.',
  ],
  'response.function_call_arguments.delta': [
    'FunctionCallArgumentsDeltaEvent',
    [...AT_ITEM, 'delta'],
    'The arguments of a function call grow.',
  ],
  'response.function_call_arguments.done': [
    'FunctionCallArgumentsDoneEvent',
    [...AT_ITEM, 'name', 'arguments'],
    'The arguments of a function call are finished.',
  ],
  'response.custom_tool_call_input.delta': [
    'CustomToolCallInputDeltaEvent',
    [...AT_ITEM, 'delta'],
    'The input of a custom tool’s call grows.',
  ],
  'response.custom_tool_call_input.done': [
    'CustomToolCallInputDoneEvent',
    [...AT_ITEM, 'input'],
    'The input of a custom tool’s call is finished.',
  ],
  'response.mcp_list_tools.in_progress': [
    'McpListToolsInProgressEvent',
    AT_ITEM,
    'An MCP server is asked for its tools.',
  ],
  'response.mcp_list_tools.completed': ['McpListToolsCompletedEvent', AT_ITEM, 'An MCP server has listed its tools.'],
  'response.mcp_list_tools.failed': ['McpListToolsFailedEvent', AT_ITEM, 'An MCP server could not list its tools.'],
  'response.mcp_call.in_progress': ['McpCallInProgressEvent', AT_ITEM, 'A call of an MCP tool begins.'],
  'response.mcp_call_arguments.delta': [
    'McpCallArgumentsDeltaEvent',
    [...AT_ITEM, 'delta'],
    'The arguments of an MCP call grow.',
  ],
  'response.mcp_call_arguments.done': [
    'McpCallArgumentsDoneEvent',
    [...AT_ITEM, 'arguments'],
    'The arguments of an MCP call are finished.',
  ],
  'response.mcp_call.completed': ['McpCallCompletedEvent', AT_ITEM, 'An MCP tool has answered.'],
  'response.mcp_call.failed': ['McpCallFailedEvent', AT_ITEM, 'A call of an MCP tool went wrong.'],
  'response.file_search_call.in_progress': ['FileSearchCallInProgressEvent', AT_ITEM, 'A file search begins.'],
  'response.file_search_call.searching': [
    'FileSearchCallSearchingEvent',
    AT_ITEM,
    'A file search looks through the stores.',
  ],
  'response.file_search_call.completed': ['FileSearchCallCompletedEvent', AT_ITEM, 'A file search has its results.'],
  'response.web_search_call.in_progress': ['WebSearchCallInProgressEvent', AT_ITEM, 'A web search begins.'],
  'response.web_search_call.searching': ['WebSearchCallSearchingEvent', AT_ITEM, 'A web search is under way.'],
  'response.web_search_call.completed': ['WebSearchCallCompletedEvent', AT_ITEM, 'A web search has its results.'],
  'response.code_interpreter_call.in_progress': [
    'CodeInterpreterCallInProgressEvent',
    AT_ITEM,
    'The upstream’s code interpreter is called.',
  ],
  'response.code_interpreter_call_code.delta': [
    'CodeInterpreterCallCodeDeltaEvent',
    [...AT_ITEM, 'delta'],
    'The code that is to run grows.',
  ],
  'response.code_interpreter_call_code.done': [
    'CodeInterpreterCallCodeDoneEvent',
    [...AT_ITEM, 'code'],
    'The code that is to run is finished.',
  ],
  'response.code_interpreter_call.interpreting': ['CodeInterpreterCallInterpretingEvent', AT_ITEM, 'The code runs.'],
  'response.code_interpreter_call.completed': ['CodeInterpreterCallCompletedEvent', AT_ITEM, 'The code has run.'],
  'response.image_generation_call.in_progress': [
    'ImageGenerationCallInProgressEvent',
    AT_ITEM,
    'The upstream is asked for an image.',
  ],
  'response.image_generation_call.generating': ['ImageGenerationCallGeneratingEvent', AT_ITEM, 'The image is made.'],
  'response.image_generation_call.partial_image': [
    'ImageGenerationCallPartialImageEvent',
    [...AT_ITEM, 'partial_image_index', 'partial_image_b64'],
    'A draft of the image.',
  ],
  'response.image_generation_call.completed': ['ImageGenerationCallCompletedEvent', AT_ITEM, 'The image is made.'],
};

/** The schema's name of an event by its wire type. */
export const eventTypeName = (wireType: string): string =>
  Object.hasOwn(EVENTS, wireType) ? (EVENTS[wireType]?.[0] ?? OTHER) : OTHER;

const OTHER = 'OtherResponseEvent';

/** Whether the event carries the response object, which the schema shows as a `Response`. */
export const carriesResponse = (wireType: string): boolean =>
  Object.hasOwn(EVENTS, wireType) && EVENTS[wireType]?.[1].includes('response') === true;

@InterfaceType('ResponseEvent', {
  description:
    'Something that happened in a run. There is one type per event of the API; `type` is the API’s own name.',
  resolveType: ({ type }: { type: string }) => eventTypeName(type),
})
export abstract class ResponseEventType {
  @Field(() => String, { description: 'The API’s own name of this event, such as `response.output_text.delta`.' })
  type!: string;

  @Field(() => Int, {
    name: 'sequenceNumber',
    description: 'Number of the event in its run, from 0 without gaps. Give it to `after` to go on from here.',
  })
  sequence_number!: number;
}

for (const [name, members, description] of Object.values(EVENTS)) {
  class Shape {}
  for (const member of members) {
    const [schemaName, type, text] = MEMBERS[member];
    const options: FieldOptions = { name: schemaName, description: text, nullable: OPTIONAL.has(member) };
    Field(type, options)(Shape.prototype, member);
  }
  ObjectType(name, { implements: ResponseEventType, description })(Shape);
}

@ObjectType(OTHER, {
  implements: ResponseEventType,
  description: 'An event of a kind this version does not know.',
})
export class OtherResponseEventType {
  @Field(() => JsonScalar, { description: 'The event as it came.' })
  json!: unknown;
}
