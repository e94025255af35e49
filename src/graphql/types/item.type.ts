import { Field, Float, ID, InterfaceType, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { JsonScalar } from '../scalars.js';
import { ContentPartType, SummaryTextType } from './content.type.js';
import { MessageRoleEnum } from './enums.js';
import { itemTypeName } from './item-names.js';
import { NodeType } from './node.type.js';

@InterfaceType('Item', {
  description: 'One entry of a context: a message, a tool call, a tool’s output, a piece of reasoning.',
  implements: NodeType,
  resolveType: itemTypeName,
})
export abstract class ItemType {
  @Field(() => ID, { description: 'Id of the item; `node` finds it once its response has ended.' })
  id!: string;

  @Field(() => String, { description: 'The API’s own name of this kind, such as `message`.' })
  type!: string;

  @Field(() => String, {
    nullable: true,
    description: 'How far it has come, such as `completed`; some kinds have none.',
  })
  status!: string | null;

  @Field(() => JsonScalar, { description: 'The whole item in the API’s own spelling, with all its members.' })
  json!: unknown;
}

/** What every kind of item is. */
const ITEM = [NodeType, ItemType];

@ObjectType('Message', { implements: ITEM, description: 'Something that was said.' })
export class MessageType extends ItemType {
  @Field(() => MessageRoleEnum, { description: 'Who says it.' })
  role!: string;

  @Field(() => [ContentPartType], { description: 'What is said, part by part.' })
  content!: ContentPartType[];

  @Field(() => String, { description: 'What is said: the text parts joined.' })
  text!: string;
}

/** A call that the client runs. */
@ObjectType()
abstract class ClientCallType extends ItemType {
  @Field(() => String, { name: 'callId', description: 'Pairs the call with its output.' })
  call_id!: string;

  @Field(() => String, { description: 'Name of the function or tool.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Namespace of the function or tool, if it is in one.' })
  namespace!: string | null;
}

/** What the client's run of a call gave back. */
@ObjectType()
export abstract class ClientCallOutputType extends ItemType {
  @Field(() => String, { name: 'callId', description: 'The call this answers.' })
  call_id!: string;

  @Field(() => String, { description: 'The output as text: its text parts joined.' })
  output!: string;

  @Field(() => [ContentPartType], { description: 'The output part by part.' })
  content!: ContentPartType[];
}

@ObjectType('FunctionCall', {
  implements: ITEM,
  description: 'The model asks for a function. Run it and send its output with the same `callId`.',
})
class FunctionCallType extends ClientCallType {
  @Field(() => String, { description: 'Arguments as JSON text, exactly as the model wrote it.' })
  arguments!: string;
}

@ObjectType('FunctionCallOutput', {
  implements: ITEM,
  description: 'What a function that the model called gave back.',
})
class FunctionCallOutputType extends ClientCallOutputType {}

@ObjectType('CustomToolCall', {
  implements: ITEM,
  description: 'The model calls a custom tool. Run it and send its output with the same `callId`.',
})
class CustomToolCallType extends ClientCallType {
  @Field(() => String, { description: 'The text the model gave it.' })
  input!: string;
}

@ObjectType('CustomToolCallOutput', {
  implements: ITEM,
  description: 'What a custom tool that the model called gave back.',
})
class CustomToolCallOutputType extends ClientCallOutputType {}

@ObjectType('McpListedTool', { description: 'A tool as its MCP server describes it.' })
class McpListedToolType {
  @Field(() => String, { description: 'Name of the tool.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it does.' })
  description!: string | null;

  @Field(() => JsonScalar, { name: 'inputSchema', nullable: true, description: 'JSON Schema of its arguments.' })
  input_schema!: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'What the server says about its nature, such as `readOnlyHint`.',
  })
  annotations!: unknown;
}

@ObjectType('McpListTools', { implements: ITEM, description: 'The server asked an MCP server for its tools.' })
class McpListToolsType extends ItemType {
  @Field(() => String, { name: 'serverLabel', description: 'The MCP server.' })
  server_label!: string;

  @Field(() => [McpListedToolType], { description: 'The tools that may be called.' })
  tools!: McpListedToolType[];

  @Field(() => String, { nullable: true, description: 'Why there are none, if the MCP server could not say.' })
  error!: string | null;
}

@ObjectType('McpCall', { implements: ITEM, description: 'The server called a tool of an MCP server.' })
export class McpCallType extends ItemType {
  @Field(() => String, { name: 'serverLabel', description: 'The MCP server.' })
  server_label!: string;

  @Field(() => String, { description: 'Name of the tool.' })
  name!: string;

  @Field(() => String, { description: 'Arguments as JSON text, exactly as the model wrote it.' })
  arguments!: string;

  @Field(() => String, { description: 'What the tool gave back, as text; empty if it failed or has not answered.' })
  output!: string;

  @Field(() => String, { nullable: true, description: 'What went wrong, in words.' })
  error!: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'What went wrong, in the API’s own spelling.' })
  errorDetail!: unknown;

  @Field(() => ID, {
    name: 'approvalRequestId',
    nullable: true,
    description: 'The request by which a person approved the call.',
  })
  approval_request_id!: string | null;
}

@ObjectType('McpApprovalRequest', {
  implements: ITEM,
  description: 'The model wants to call a tool of an MCP server. Answer with `mcpApprovalResponse`.',
})
class McpApprovalRequestType extends ItemType {
  @Field(() => String, { name: 'serverLabel', description: 'The MCP server.' })
  server_label!: string;

  @Field(() => String, { description: 'Name of the tool.' })
  name!: string;

  @Field(() => String, { description: 'Arguments as JSON text, exactly as the model wrote it.' })
  arguments!: string;
}

@ObjectType('McpApprovalResponse', {
  implements: ITEM,
  description: 'A person’s answer to a request for approval.',
})
class McpApprovalResponseType extends ItemType {
  @Field(() => ID, { name: 'approvalRequestId', description: 'The request this answers.' })
  approval_request_id!: string;

  @Field(() => Boolean, { description: 'Whether the call may run.' })
  approve!: boolean;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}

@ObjectType('FileSearchResult', { description: 'A passage that a file search found.' })
class FileSearchResultType {
  @Field(() => ID, { name: 'fileId', nullable: true, description: 'Id of the file it is from.' })
  file_id!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the file.' })
  filename!: string | null;

  @Field(() => Float, { nullable: true, description: 'How well it fits, 0 to 1.' })
  score!: number | null;

  @Field(() => String, { nullable: true, description: 'The passage.' })
  text!: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Attributes of the file.' })
  attributes!: unknown;
}

@ObjectType('FileSearchCall', { implements: ITEM, description: 'The server looked something up in vector stores.' })
class FileSearchCallType extends ItemType {
  @Field(() => [String], { description: 'What was looked for.' })
  queries!: string[];

  @Field(() => [FileSearchResultType], {
    nullable: true,
    description: 'What was found, if the request asked to see it.',
  })
  results!: FileSearchResultType[] | null;
}

@ObjectType('WebSearchSource', { description: 'A page that a web search found.' })
class WebSearchSourceType {
  @Field(() => String, { description: 'The API’s own name of its kind: `url`.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'Address of the page.' })
  url!: string | null;
}

@ObjectType('WebSearchAction', { description: 'What a web search call did.' })
class WebSearchActionType {
  @Field(() => String, { description: '`search`, `open_page` or `find_in_page`.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'What was searched for.' })
  query!: string | null;

  @Field(() => [String], { nullable: true, description: 'All that was searched for.' })
  queries!: string[] | null;

  @Field(() => String, { nullable: true, description: 'The page that was opened.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'The text that was looked for in the page.' })
  pattern!: string | null;

  @Field(() => [WebSearchSourceType], {
    nullable: true,
    description: 'The pages that were found, if the request asked to see them.',
  })
  sources!: WebSearchSourceType[] | null;
}

@ObjectType('WebSearchResult', { description: 'What a web search showed the model of a page.' })
class WebSearchResultType {
  @Field(() => String, { nullable: true, description: 'Address of the page.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'Title of the page.' })
  title!: string | null;

  @Field(() => String, { nullable: true, description: 'Text of the page, as the search engine shows it.' })
  text!: string | null;
}

@ObjectType('WebSearchCall', {
  implements: ITEM,
  description: 'The server searched the web, or opened a page of it.',
})
class WebSearchCallType extends ItemType {
  @Field(() => WebSearchActionType, { nullable: true, description: 'What it did; unknown while it begins.' })
  action!: WebSearchActionType | null;

  @Field(() => [WebSearchResultType], {
    nullable: true,
    description: 'What was found, if the request asked to see it.',
  })
  results!: WebSearchResultType[] | null;
}

@ObjectType('Reasoning', { implements: ITEM, description: 'What the model thought before it spoke.' })
export class ReasoningType extends ItemType {
  @Field(() => [SummaryTextType], { description: 'Summaries of the thoughts.' })
  summary!: SummaryTextType[];

  @Field(() => [ContentPartType], { description: 'The thoughts themselves, where the model shows them.' })
  content!: ContentPartType[];

  @Field(() => String, {
    name: 'encryptedContent',
    nullable: true,
    description: 'The thoughts, sealed, to be sent back with the next request.',
  })
  encrypted_content!: string | null;
}

@ObjectType('Compaction', {
  implements: ITEM,
  description:
    'Stands for older parts of a context, summed up. Only this server can read it, and only in this project.',
})
class CompactionType extends ItemType {
  @Field(() => String, {
    name: 'encryptedContent',
    description: 'The summary, sealed, to be sent back with the next request.',
  })
  encrypted_content!: string;
}

@ObjectType('ItemReference', { implements: ITEM, description: 'Stands for an item that exists already.' })
class ItemReferenceType extends ItemType {}

@ObjectType('OtherItem', {
  implements: ITEM,
  description: 'An item of a kind this version does not know: kept and shown unharmed.',
})
class OtherItemType extends ItemType {}

export const ItemConnection = defineConnection('Item', 'items', () => ItemType as never);

/** All kinds of items, for the schema's builder. */
export const itemTypes = [
  MessageType,
  FunctionCallType,
  FunctionCallOutputType,
  CustomToolCallType,
  CustomToolCallOutputType,
  McpListToolsType,
  McpCallType,
  McpApprovalRequestType,
  McpApprovalResponseType,
  FileSearchCallType,
  WebSearchCallType,
  ReasoningType,
  CompactionType,
  ItemReferenceType,
  OtherItemType,
] as const;
