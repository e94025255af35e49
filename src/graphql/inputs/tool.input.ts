import { Extensions, Field, ID, InputType, Int } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { GrammarSyntaxEnum, SearchContextSizeEnum, ToolChoiceModeEnum } from '../types/enums.js';
import { ONE_OF } from './one-of.js';

@InputType('FunctionToolInput', { description: 'A function of the client that the model may ask for.' })
export class FunctionToolInput {
  @Field(() => String, { description: 'Name by which the model calls it: letters, digits, `_` and `-`, at most 64.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it does, for the model.' })
  description?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'JSON Schema of its arguments.' })
  parameters?: unknown;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether arguments must follow the schema exactly. Default true.',
  })
  strict?: boolean | null;
}

@InputType('GrammarInput', { description: 'What the input of a custom tool has to look like.' })
export class GrammarInput {
  @Field(() => GrammarSyntaxEnum, { description: 'How the definition is written.' })
  syntax!: string;

  @Field(() => String, { description: 'The regular expression, or the Lark grammar.' })
  definition!: string;
}

@InputType('CustomToolInput', {
  description: 'A tool of the client that takes free text instead of JSON arguments.',
})
export class CustomToolInput {
  @Field(() => String, { description: 'Name by which the model calls it: letters, digits, `_` and `-`, at most 64.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it does, for the model.' })
  description?: string | null;

  @Field(() => GrammarInput, { nullable: true, description: 'What its input has to look like. Default: any text.' })
  grammar?: GrammarInput | null;
}

@InputType('McpToolInput', {
  description: 'The tools of an MCP server, reached over streamable HTTP. Its credentials are used and never shown.',
})
export class McpToolInput {
  @Field(() => String, { description: 'Name of the server in calls: letters, digits, `_` and `-`, at most 64.' })
  serverLabel!: string;

  @Field(() => String, { description: 'Where the server is: http or https, at a public address.' })
  serverUrl!: string;

  @Field(() => String, { nullable: true, description: 'What it is for, for the model.' })
  serverDescription?: string | null;

  @Field(() => String, { nullable: true, description: 'An access token, sent as `Authorization: Bearer`.' })
  authorization?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Further headers: an object of strings.' })
  headers?: unknown;

  @Field(() => [String], { nullable: true, description: 'Names of the tools that may be called. Default: all.' })
  allowedTools?: string[] | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Whether a person approves each call: `"always"`, `"never"`, or a filter in the API’s own spelling. Default `"always"`.',
  })
  requireApproval?: unknown;
}

@InputType('FileSearchToolInput', { description: 'Lets the model look things up in vector stores.' })
export class FileSearchToolInput {
  @Field(() => [ID], { nullable: true, description: 'Stores to search; without it all of the project.' })
  vectorStoreIds?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Most passages per search, 1 to 50. Default 20.' })
  maxNumResults?: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Conditions on file attributes, in the API’s own spelling.' })
  filters?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'How passages are ranked, in the API’s own spelling.' })
  rankingOptions?: unknown;
}

@InputType('WebSearchFiltersInput', { description: 'Which sites count in a web search.' })
export class WebSearchFiltersInput {
  @Field(() => [String], {
    nullable: true,
    description: 'Only these domains and those below them, such as `example.com`; at most 100. Default: all.',
  })
  allowedDomains?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'None of these domains, nor those below them; at most 100.',
  })
  blockedDomains?: string[] | null;
}

@InputType('UserLocationInput', {
  description: 'Where the user is, roughly. `{}` says that it does not matter.',
})
export class UserLocationInput {
  @Field(() => String, { nullable: true, description: 'The country by its two letters (ISO 3166), such as `DE`.' })
  country?: string | null;

  @Field(() => String, { nullable: true, description: 'Region or state.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'City.' })
  city?: string | null;

  @Field(() => String, { nullable: true, description: 'Time zone by its IANA name, such as `Europe/Berlin`.' })
  timezone?: string | null;
}

@InputType('WebSearchToolInput', { description: 'Lets the model search the web, open pages and find text in them.' })
export class WebSearchToolInput {
  @Field(() => SearchContextSizeEnum, { nullable: true, description: 'How much of what is found reaches the model.' })
  searchContextSize?: string | null;

  @Field(() => WebSearchFiltersInput, { nullable: true, description: 'Which sites count. Default: all.' })
  filters?: WebSearchFiltersInput | null;

  @Field(() => UserLocationInput, { nullable: true, description: 'Where the user is. Default: the United States.' })
  userLocation?: UserLocationInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether anything outside the server may be called. Default true; false leaves what it keeps itself.',
  })
  externalWebAccess?: boolean | null;
}

@Extensions(ONE_OF)
@InputType('ToolInput', { description: 'Something the model may call: exactly one of these.' })
export class ToolInput {
  @Field(() => FunctionToolInput, { nullable: true, description: 'A function of the client.' })
  function?: FunctionToolInput;

  @Field(() => CustomToolInput, { nullable: true, description: 'A tool of the client that takes free text.' })
  custom?: CustomToolInput;

  @Field(() => McpToolInput, { nullable: true, description: 'The tools of an MCP server.' })
  mcp?: McpToolInput;

  @Field(() => FileSearchToolInput, {
    nullable: true,
    description: 'Search in vector stores. `{}` takes the defaults.',
  })
  fileSearch?: FileSearchToolInput;

  @Field(() => WebSearchToolInput, { nullable: true, description: 'Search in the web. `{}` takes the defaults.' })
  webSearch?: WebSearchToolInput;

  @Field(() => JsonScalar, { nullable: true, description: 'A tool of any other kind, in the API’s own spelling.' })
  json?: unknown;
}

@InputType('McpChoiceInput', { description: 'The tools of an MCP server, or one of them.' })
export class McpChoiceInput {
  @Field(() => String, { description: '`serverLabel` of the server.' })
  serverLabel!: string;

  @Field(() => String, { nullable: true, description: 'Name of the tool. Default: any of the server’s.' })
  name?: string | null;
}

@Extensions(ONE_OF)
@InputType('ToolChoiceInput', { description: 'Whether the model may, or has to, call a tool: exactly one of these.' })
export class ToolChoiceInput {
  @Field(() => ToolChoiceModeEnum, { nullable: true, description: 'Any tool, or none.' })
  mode?: string;

  @Field(() => String, { nullable: true, description: 'This function and no other.' })
  function?: string;

  @Field(() => String, { nullable: true, description: 'This custom tool and no other.' })
  custom?: string;

  @Field(() => McpChoiceInput, { nullable: true, description: 'The tools of an MCP server.' })
  mcp?: McpChoiceInput;

  @Field(() => JsonScalar, { nullable: true, description: 'Any other choice, in the API’s own spelling.' })
  json?: unknown;
}
