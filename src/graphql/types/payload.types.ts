import { type ClassType, Field, ID, Int, ObjectType } from 'type-graphql';
import { CompactedContextType } from './compaction.type.js';
import { ConversationType } from './conversation.type.js';
import { FileType } from './file.type.js';
import { ItemType } from './item.type.js';
import { PromptType } from './prompt.type.js';
import { ResponseType } from './response.type.js';
import { VectorStoreFileBatchType, VectorStoreFileType, VectorStoreType } from './vector-store.type.js';

@ObjectType('UserError', { description: 'Something in the input that the caller can correct. Nothing was changed.' })
export class UserErrorType {
  @Field(() => String, { description: 'Stable machine code, such as `missing_required_parameter`.' })
  code!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Path of the field in the input, such as `tools[0].function.name`.',
  })
  field!: string | null;

  @Field(() => String, { description: 'What is wrong, for people.' })
  message!: string;
}

export const USER_ERRORS = 'What the caller has to correct; empty when it worked.';

/** Declares the payload of a mutation that gives back one thing, or null beside `userErrors`. */
export function definePayload(
  name: string,
  field: string,
  type: () => ClassType<object> | typeof ID | typeof Int,
  description: string,
) {
  class Payload {}
  Field(type, { nullable: true, description })(Payload.prototype, field);
  Field(() => [UserErrorType], { description: USER_ERRORS })(Payload.prototype, 'userErrors');
  ObjectType(name, {
    description: `What \`${name.charAt(0).toLowerCase()}${name.slice(1, -'Payload'.length)}\` gives back.`,
  })(Payload);
  return Payload;
}

export const InputTokensPayload = definePayload(
  'InputTokensPayload',
  'inputTokens',
  () => Int,
  'Tokens the model would see.',
);

export const CompactPayload = definePayload(
  'CompactPayload',
  'context',
  () => CompactedContextType,
  'The context made smaller.',
);

export const DELETED = 'Id of what was deleted.';

export const CreateResponsePayload = definePayload(
  'CreateResponsePayload',
  'response',
  () => ResponseType,
  'The response: ended, or just begun with `stream` or `background`.',
);
export const CancelResponsePayload = definePayload(
  'CancelResponsePayload',
  'response',
  () => ResponseType,
  'The response as it ended.',
);
export const DeleteResponsePayload = definePayload('DeleteResponsePayload', 'deletedId', () => ID, DELETED);
export const CreateConversationPayload = definePayload(
  'CreateConversationPayload',
  'conversation',
  () => ConversationType,
  'The new conversation.',
);
export const UpdateConversationPayload = definePayload(
  'UpdateConversationPayload',
  'conversation',
  () => ConversationType,
  'The conversation as it is now.',
);
export const DeleteConversationPayload = definePayload('DeleteConversationPayload', 'deletedId', () => ID, DELETED);
export const CreateFilePayload = definePayload('CreateFilePayload', 'file', () => FileType, 'The new file.');
export const DeleteFilePayload = definePayload('DeleteFilePayload', 'deletedId', () => ID, DELETED);
export const CreateVectorStorePayload = definePayload(
  'CreateVectorStorePayload',
  'vectorStore',
  () => VectorStoreType,
  'The new store.',
);
export const UpdateVectorStorePayload = definePayload(
  'UpdateVectorStorePayload',
  'vectorStore',
  () => VectorStoreType,
  'The store as it is now.',
);
export const DeleteVectorStorePayload = definePayload('DeleteVectorStorePayload', 'deletedId', () => ID, DELETED);
export const AddVectorStoreFilePayload = definePayload(
  'AddVectorStoreFilePayload',
  'file',
  () => VectorStoreFileType,
  'The file in the store, as a rule still in progress.',
);
export const AddVectorStoreFilesPayload = definePayload(
  'AddVectorStoreFilesPayload',
  'batch',
  () => VectorStoreFileBatchType,
  'The batch, as a rule still in progress.',
);
export const UpdateVectorStoreFilePayload = definePayload(
  'UpdateVectorStoreFilePayload',
  'file',
  () => VectorStoreFileType,
  'The file as it is in the store now.',
);
export const CancelVectorStoreFilePayload = definePayload(
  'CancelVectorStoreFilePayload',
  'file',
  () => VectorStoreFileType,
  'The file as it is in the store now.',
);
export const RemoveVectorStoreFilePayload = definePayload(
  'RemoveVectorStoreFilePayload',
  'deletedId',
  () => ID,
  DELETED,
);
export const CancelVectorStoreFileBatchPayload = definePayload(
  'CancelVectorStoreFileBatchPayload',
  'batch',
  () => VectorStoreFileBatchType,
  'The batch as it is now.',
);
export const CreatePromptPayload = definePayload('CreatePromptPayload', 'prompt', () => PromptType, 'The new prompt.');
export const UpdatePromptPayload = definePayload(
  'UpdatePromptPayload',
  'prompt',
  () => PromptType,
  'The prompt at its new version.',
);
export const DeletePromptPayload = definePayload('DeletePromptPayload', 'deletedId', () => ID, DELETED);

@ObjectType('AddConversationItemsPayload', { description: 'What `addConversationItems` gives back.' })
export class AddConversationItemsPayload {
  @Field(() => ConversationType, { nullable: true, description: 'The conversation the items were added to.' })
  conversation!: ConversationType | null;

  @Field(() => [ItemType], { description: 'The new items, in the order given, with their ids.' })
  items!: ItemType[];

  @Field(() => [UserErrorType], { description: USER_ERRORS })
  userErrors!: UserErrorType[];
}

@ObjectType('DeleteConversationItemPayload', { description: 'What `deleteConversationItem` gives back.' })
export class DeleteConversationItemPayload {
  @Field(() => ConversationType, { nullable: true, description: 'The conversation the item was taken out of.' })
  conversation!: ConversationType | null;

  @Field(() => ID, { nullable: true, description: DELETED })
  deletedId!: string | null;

  @Field(() => [UserErrorType], { description: USER_ERRORS })
  userErrors!: UserErrorType[];
}
