import { FieldResolver, Resolver, Root } from 'type-graphql';
import { type ContentPart, textOf } from '../../domain/content.js';
import type { FunctionCallOutputItem, MessageItem, ReasoningItem } from '../../domain/item.js';
import { type McpCallError, mcpErrorText } from '../../domain/mcp-call.js';
import { OutputTextType } from '../types/content.type.js';
import { ClientCallOutputType, McpCallType, MessageType, ReasoningType } from '../types/item.type.js';

/** Content that was given as text is one part of it. */
const toParts = (content: string | readonly ContentPart[]): readonly ContentPart[] =>
  typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;

@Resolver(() => MessageType)
export class MessageResolver {
  @FieldResolver()
  content(@Root() message: MessageItem): readonly ContentPart[] {
    return toParts(message.content);
  }

  @FieldResolver()
  text(@Root() message: MessageItem): string {
    return textOf(message.content);
  }
}

@Resolver(() => ClientCallOutputType)
export class ClientCallOutputResolver {
  @FieldResolver()
  output(@Root() item: FunctionCallOutputItem): string {
    return textOf(item.output);
  }

  @FieldResolver()
  content(@Root() item: FunctionCallOutputItem): readonly ContentPart[] {
    return toParts(item.output);
  }
}

/** What a resolver sees of an `mcp_call` item. */
interface McpCallItem {
  output?: string | null;
  error?: McpCallError | null;
}

@Resolver(() => McpCallType)
export class McpCallResolver {
  @FieldResolver()
  output(@Root() item: McpCallItem): string {
    return item.output ?? '';
  }

  @FieldResolver()
  error(@Root() item: McpCallItem): string | null {
    return item.error == null ? null : mcpErrorText(item.error);
  }

  @FieldResolver()
  errorDetail(@Root() item: McpCallItem): McpCallError | null {
    return item.error ?? null;
  }
}

@Resolver(() => ReasoningType)
export class ReasoningResolver {
  @FieldResolver()
  content(@Root() item: ReasoningItem): readonly ContentPart[] {
    return item.content ?? [];
  }
}

@Resolver(() => OutputTextType)
export class OutputTextResolver {
  @FieldResolver()
  annotations(@Root() part: { annotations?: object[] }): object[] {
    return part.annotations ?? [];
  }
}
