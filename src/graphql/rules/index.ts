import { NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import type { GraphQLLimits } from '../limits.js';
import { maxAliases } from './max-aliases.rule.js';
import { maxCost } from './max-cost.rule.js';
import { maxDepth } from './max-depth.rule.js';
import { maxDirectives } from './max-directives.rule.js';
import { maxDuplicates } from './max-duplicates.rule.js';
import { maxFragments } from './max-fragments.rule.js';
import { maxNameLength } from './max-name-length.rule.js';
import { maxRootFields } from './max-root-fields.rule.js';

/** What is asked of a document beyond its size: one list for HTTP, WebSocket and event streams. */
export const limitRules = (limits: GraphQLLimits, introspection = true): readonly ValidationRule[] => [
  ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  maxNameLength(limits.nameLength),
  maxDepth(limits.depth),
  maxAliases(limits.aliases),
  maxRootFields(limits.rootFields),
  maxDirectives(limits.directives),
  maxDuplicates(limits.duplicates),
  maxFragments(limits.fragments),
  maxCost(limits.cost),
];
