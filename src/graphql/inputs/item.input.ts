import { Extensions, Field, ID, InputType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { MessageRoleEnum } from '../types/enums.js';
import { ContentInput } from './content.input.js';
import { ONE_OF } from './one-of.js';

@InputType('MessageInput', { description: 'Something that is said.' })
export class MessageInput {
  @Field(() => MessageRoleEnum, { defaultValue: MessageRoleEnum.USER, description: 'Who says it.' })
  role!: string;

  @Field(() => ContentInput, { description: 'What is said.' })
  content!: ContentInput;
}

@InputType('FunctionCallInput', { description: 'A function call the model made earlier.' })
export class FunctionCallInput {
  @Field(() => String, { description: 'Pairs the call with its output.' })
  callId!: string;

  @Field(() => String, { description: 'Name of the function.' })
  name!: string;

  @Field(() => String, { description: 'Arguments as JSON text.' })
  arguments!: string;
}

@InputType('FunctionCallOutputInput', { description: 'What a function that the model called gave back.' })
export class FunctionCallOutputInput {
  @Field(() => String, { description: '`callId` of the call this answers.' })
  callId!: string;

  @Field(() => ContentInput, { description: 'The output; often JSON as text.' })
  output!: ContentInput;
}

@InputType('CustomToolCallInput', { description: 'A call of a custom tool that the model made earlier.' })
export class CustomToolCallInput {
  @Field(() => String, { description: 'Pairs the call with its output.' })
  callId!: string;

  @Field(() => String, { description: 'Name of the tool.' })
  name!: string;

  @Field(() => String, { description: 'The text the model gave it.' })
  input!: string;
}

@InputType('CustomToolCallOutputInput', { description: 'What a custom tool that the model called gave back.' })
export class CustomToolCallOutputInput {
  @Field(() => String, { description: '`callId` of the call this answers.' })
  callId!: string;

  @Field(() => ContentInput, { description: 'The output.' })
  output!: ContentInput;
}

@InputType('CompactionInput', { description: 'Older context that was summed up.' })
export class CompactionInput {
  @Field(() => String, { description: 'The sealed summary, as it was given.' })
  encryptedContent!: string;
}

@InputType('McpApprovalResponseInput', { description: 'A person’s answer to a request for approval.' })
export class McpApprovalResponseInput {
  @Field(() => ID, { description: 'Id of the `McpApprovalRequest` this answers.' })
  approvalRequestId!: string;

  @Field(() => Boolean, { description: 'Whether the call may run.' })
  approve!: boolean;

  @Field(() => String, { nullable: true, description: 'Why, for the model.' })
  reason?: string | null;
}

@Extensions(ONE_OF)
@InputType('InputItem', { description: 'One entry of a context: exactly one of these.' })
export class InputItem {
  @Field(() => MessageInput, { nullable: true, description: 'Something that is said.' })
  message?: MessageInput;

  @Field(() => FunctionCallInput, { nullable: true, description: 'A function call the model made earlier.' })
  functionCall?: FunctionCallInput;

  @Field(() => FunctionCallOutputInput, {
    nullable: true,
    description: 'What a function that the model called gave back.',
  })
  functionCallOutput?: FunctionCallOutputInput;

  @Field(() => CustomToolCallInput, {
    nullable: true,
    description: 'A call of a custom tool that the model made earlier.',
  })
  customToolCall?: CustomToolCallInput;

  @Field(() => CustomToolCallOutputInput, {
    nullable: true,
    description: 'What a custom tool that the model called gave back.',
  })
  customToolCallOutput?: CustomToolCallOutputInput;

  @Field(() => CompactionInput, { nullable: true, description: 'Older context that was summed up by `compact`.' })
  compaction?: CompactionInput;

  @Field(() => McpApprovalResponseInput, {
    nullable: true,
    description: 'A person’s answer to a request for approval.',
  })
  mcpApprovalResponse?: McpApprovalResponseInput;

  @Field(() => ID, { nullable: true, description: 'Id of an item that exists already; it is put in here.' })
  itemReference?: string;

  @Field(() => JsonScalar, { nullable: true, description: 'An item of any other kind, in the API’s own spelling.' })
  json?: unknown;
}
