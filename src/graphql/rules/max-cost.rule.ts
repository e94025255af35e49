import { type FieldNode, GraphQLError, Kind, type OperationDefinitionNode, type ValidationRule } from 'graphql';
import { foldOperation } from './fold.js';

const DEFAULT_PAGE = 20;
/** What a variable may stand for at most. */
const LARGEST_PAGE = 100;

/** Arguments that name every entry of what they give: our own, and a router's. */
const IDS: ReadonlySet<string> = new Set(['ids', 'representations']);

/**
 * How many entries a list field may give: what its arguments say, the default, or the most that a variable can hold. What is less
 * than one is refused when it runs, and must not pay for other fields here.
 */
function entries(node: FieldNode): number {
  for (const { name, value } of node.arguments ?? []) {
    if (IDS.has(name.value)) return value.kind === Kind.LIST ? value.values.length : LARGEST_PAGE;
    if (name.value !== 'first' && name.value !== 'last') continue;
    if (value.kind === Kind.INT) return Math.min(Math.max(Number(value.value), 1), LARGEST_PAGE);
    if (value.kind === Kind.VARIABLE) return LARGEST_PAGE;
  }
  return DEFAULT_PAGE;
}

/** What operations cost that were measured. */
const costs = new WeakMap<OperationDefinitionNode, number>();

/** What an operation costs whose document was read, in fields that may be resolved at most. */
export const costOf = (operation: OperationDefinitionNode): number | undefined => costs.get(operation);

/** Refuses operations that may resolve more fields than this. Below a list, fields count once per entry. */
export const maxCost =
  (allowed: number): ValidationRule =>
  (context) => ({
    OperationDefinition(operation) {
      const cost = foldOperation<number>(context, operation, {
        field(node, below, type) {
          if (node.name.value.startsWith('__')) return 1;
          const isList =
            type?.name.endsWith('Connection') === true || node.arguments?.some(({ name }) => IDS.has(name.value));
          return 1 + below * (isList ? entries(node) : 1);
        },
        selection: (values) => values.reduce((total, value) => total + value, 0),
      });
      costs.set(operation, cost);
      if (cost <= allowed) return;
      context.reportError(
        new GraphQLError(
          `The document has too many fields, counted once per entry of their lists: ${cost} where ${allowed} are allowed.`,
          { nodes: [operation], extensions: { limit: 'cost', cost: { requested: cost, limit: allowed } } },
        ),
      );
    },
  });
