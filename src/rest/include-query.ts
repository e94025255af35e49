import { z } from 'zod';
import { INCLUDABLE, type Include, includeNothing, visibleItems } from '../domain/include.js';
import { type ResponseObject, type ResponseWithOutput, toResponseObject } from '../domain/response.js';
import { parseInput } from '../services/validation.js';

/** `include[]=a&include[]=b` as the SDKs write it, a repeated `include=`, or a list with commas (transport section). */
export const IncludeQuery = z.object({
  include: z.array(z.enum(INCLUDABLE)).max(64).optional().describe('What to show beside the usual.'),
});

/** Reads what a query asks to see. @throws 400 naming the entry that is not known */
export function readInclude(query: Record<string, unknown>): Include {
  const given = [query.include, query['include[]']].flat().filter((entry) => entry !== undefined && entry !== '');
  if (given.length === 0) return includeNothing;
  const include = given.flatMap((entry) => String(entry).split(','));
  return new Set(parseInput(IncludeQuery, { include }).include);
}

/** Prints a stored response as far as a query asked to see it. */
export const toShownResponse = (response: ResponseWithOutput, include: Include = includeNothing): ResponseObject =>
  toResponseObject({ ...response, output: visibleItems(response.output, include) });
