import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

const NAMES: Record<string, string> = {
  function: 'FunctionTool',
  mcp: 'McpTool',
  custom: 'CustomTool',
  namespace: 'NamespaceTool',
  file_search: 'FileSearchTool',
  web_search: 'WebSearchTool',
  web_search_2025_08_26: 'WebSearchTool',
  web_search_preview: 'WebSearchTool',
  web_search_preview_2025_03_11: 'WebSearchTool',
};

@InterfaceType('Tool', {
  description: 'Something a model may call.',
  resolveType: ({ type }: { type: string }) => NAMES[type] ?? 'OtherTool',
})
export abstract class ToolType {
  @Field(() => String, { description: 'The API’s own name of this kind, such as `function`.' })
  type!: string;
}

@ObjectType('FunctionTool', {
  implements: ToolType,
  description: 'A function of the client: the model asks for it, the client runs it and sends its output.',
})
class FunctionToolType extends ToolType {
  @Field(() => String, { description: 'Name by which the model calls it.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it does, for the model.' })
  description!: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'JSON Schema of its arguments.' })
  parameters!: unknown;

  @Field(() => Boolean, { nullable: true, description: 'Whether arguments must follow the schema exactly.' })
  strict!: boolean | null;
}

@ObjectType('CustomTool', {
  implements: ToolType,
  description: 'A tool of the client that takes free text instead of JSON arguments.',
})
class CustomToolType extends ToolType {
  @Field(() => String, { description: 'Name by which the model calls it.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it does, for the model.' })
  description!: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'What its input looks like: any text, or a grammar.' })
  format!: unknown;
}

@ObjectType('NamespaceTool', { implements: ToolType, description: 'Several tools of the client under one name.' })
class NamespaceToolType extends ToolType {
  @Field(() => String, { description: 'Name of the namespace.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What its tools are for, for the model.' })
  description!: string | null;

  @Field(() => [ToolType], { description: 'Its tools.' })
  tools!: ToolType[];
}

@ObjectType('McpTool', {
  implements: ToolType,
  description: 'The tools of an MCP server, which this server calls. Its credentials are never shown.',
})
class McpToolType extends ToolType {
  @Field(() => String, { name: 'serverLabel', description: 'Name of the server in calls.' })
  server_label!: string;

  @Field(() => String, {
    name: 'serverUrl',
    nullable: true,
    description: 'Where the server is; the path is left out, since it may hold a key.',
  })
  server_url!: string | null;

  @Field(() => String, { name: 'serverDescription', nullable: true, description: 'What it is for, for the model.' })
  server_description!: string | null;

  @Field(() => JsonScalar, {
    name: 'allowedTools',
    nullable: true,
    description: 'Which of its tools may be called: names or a filter; null: all.',
  })
  allowed_tools!: unknown;

  @Field(() => JsonScalar, {
    name: 'requireApproval',
    nullable: true,
    description: 'Whether a person approves each call: `always`, `never`, or a filter for either. Default `always`.',
  })
  require_approval!: unknown;
}

@ObjectType('FileSearchTool', { implements: ToolType, description: 'Looks things up in vector stores.' })
class FileSearchToolType extends ToolType {
  @Field(() => [ID], {
    name: 'vectorStoreIds',
    nullable: true,
    description: 'Stores to search; null searches all of the project.',
  })
  vector_store_ids!: string[] | null;

  @Field(() => Int, { name: 'maxNumResults', nullable: true, description: 'Most passages per search.' })
  max_num_results!: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Conditions on file attributes.' })
  filters!: unknown;

  @Field(() => JsonScalar, { name: 'rankingOptions', nullable: true, description: 'How passages are ranked.' })
  ranking_options!: unknown;
}

@ObjectType('WebSearchFilters', { description: 'Which sites count in a web search.' })
class WebSearchFiltersType {
  @Field(() => [String], {
    name: 'allowedDomains',
    nullable: true,
    description: 'Only these domains and those below them; null: all.',
  })
  allowed_domains!: string[] | null;

  @Field(() => [String], {
    name: 'blockedDomains',
    nullable: true,
    description: 'None of these domains, nor those below them.',
  })
  blocked_domains!: string[] | null;
}

@ObjectType('UserLocation', { description: 'Where a user is, roughly.' })
class UserLocationType {
  @Field(() => String, { nullable: true, description: 'The country by its two letters.' })
  country!: string | null;

  @Field(() => String, { nullable: true, description: 'Region or state.' })
  region!: string | null;

  @Field(() => String, { nullable: true, description: 'City.' })
  city!: string | null;

  @Field(() => String, { nullable: true, description: 'Time zone by its IANA name.' })
  timezone!: string | null;
}

@ObjectType('WebSearchTool', {
  implements: ToolType,
  description: 'Searches the web, opens pages and finds text in them.',
})
class WebSearchToolType extends ToolType {
  @Field(() => String, {
    name: 'searchContextSize',
    nullable: true,
    description: 'How much of what is found reaches the model: `low`, `medium` or `high`.',
  })
  search_context_size!: string | null;

  @Field(() => WebSearchFiltersType, { nullable: true, description: 'Which sites count; null: all.' })
  filters!: WebSearchFiltersType | null;

  @Field(() => UserLocationType, { name: 'userLocation', nullable: true, description: 'Where the user is, roughly.' })
  user_location!: UserLocationType | null;

  @Field(() => Boolean, {
    name: 'externalWebAccess',
    nullable: true,
    description: 'Whether anything outside the server may be called; null: it may.',
  })
  external_web_access!: boolean | null;
}

@ObjectType('OtherTool', { implements: ToolType, description: 'A tool of a kind this version does not know.' })
export class OtherToolType extends ToolType {
  @Field(() => JsonScalar, { description: 'The tool as it came.' })
  json!: unknown;
}

/** All kinds of tools, for the schema's builder. */
export const toolTypes = [
  FunctionToolType,
  CustomToolType,
  NamespaceToolType,
  McpToolType,
  FileSearchToolType,
  WebSearchToolType,
  OtherToolType,
] as const;
