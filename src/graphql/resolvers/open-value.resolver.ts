import { type ClassType, FieldResolver, Resolver, Root } from 'type-graphql';
import { OtherAnnotationType } from '../types/annotation.type.js';
import { OtherContentPartType } from '../types/content.type.js';
import { OtherResponseEventType } from '../types/event.types.js';
import { ItemType } from '../types/item.type.js';
import { OtherToolType } from '../types/tool.type.js';

/** `json` is the whole value: of every item, and of whatever else is of a kind this version does not know. */
function showWhole(type: ClassType<object>): ClassType<object> {
  @Resolver(() => type)
  class OpenValueResolver {
    @FieldResolver()
    json(@Root() value: object): object {
      return value;
    }
  }
  return OpenValueResolver;
}

export const openValueResolvers = [
  OtherAnnotationType,
  OtherContentPartType,
  ItemType,
  OtherToolType,
  OtherResponseEventType,
].map((type) => showWhole(type as ClassType<object>));
