import type { AttributeFilter } from '../domain/vector-store.js';

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/**
 * A filter as an SQL condition on a jsonb column. Values of another type than the filter's never match `eq`, `in` and the
 * comparisons, and always match `ne` and `nin`, as do files without the key.
 *
 * @param values gets the condition's parameters; its length says how the next placeholder is numbered
 */
export function filterToSql(filter: AttributeFilter, column: string, values: unknown[]): string {
  const placeholder = (value: unknown, type: string): string => {
    values.push(value);
    return `$${values.length}::${type}`;
  };
  if ('filters' in filter) {
    const conditions = filter.filters.map((inner) => filterToSql(inner, column, values));
    if (conditions.length === 0) return filter.type === 'and' ? 'true' : 'false';
    return `(${conditions.join(filter.type === 'and' ? ' and ' : ' or ')})`;
  }
  const attribute = `(${column} -> ${placeholder(filter.key, 'text')})`;
  const value = placeholder(JSON.stringify(filter.value), 'jsonb');
  switch (filter.type) {
    case 'eq':
      return `coalesce(${attribute} = ${value}, false)`;
    case 'ne':
      return `(${attribute} is distinct from ${value})`;
    case 'in':
      return `coalesce(${attribute} in (select jsonb_array_elements(${value})), false)`;
    case 'nin':
      return `not coalesce(${attribute} in (select jsonb_array_elements(${value})), false)`;
    default:
      return `coalesce(jsonb_typeof(${attribute}) = jsonb_typeof(${value}) and ${attribute} ${OPERATORS[filter.type]} ${value}, false)`;
  }
}
