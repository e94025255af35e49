import { errors, type GatewayError } from '../../domain/errors.js';
import type { CreateResponseBody } from './create-response.schema.js';

/** A parameter, or a value of one, that the API has and this server does not offer. */
interface Unavailable {
  isAsked(body: CreateResponseBody): boolean;
  refusal(): GatewayError;
}

const parameter = (name: string): GatewayError =>
  errors.unsupportedParameter(name, `'${name}' is not available on this server.`);
const value = (name: string, given: string): GatewayError =>
  errors.unsupportedValue(name, `'${given}' is not available on this server.`);

const UNAVAILABLE: readonly Unavailable[] = [
  { isAsked: ({ moderation }) => moderation != null, refusal: () => parameter('moderation') },
  {
    isAsked: (body) => body.prompt_cache_options?.mode === 'explicit',
    refusal: () => value('prompt_cache_options.mode', 'explicit'),
  },
  {
    isAsked: (body) => body.prompt_cache_options?.ttl === '12h',
    refusal: () => value('prompt_cache_options.ttl', '12h'),
  },
  {
    isAsked: (body) => body.prompt_cache_options?.prewarm === true,
    refusal: () => parameter('prompt_cache_options.prewarm'),
  },
  {
    isAsked: (body) => body.prompt_cache_options?.comparison_response_id != null,
    refusal: () => parameter('prompt_cache_options.comparison_response_id'),
  },
  {
    isAsked: (body) => body.image?.context_compression === 'enabled',
    refusal: () => value('image.context_compression', 'enabled'),
  },
  {
    isAsked: ({ access_programs: programs }) => (programs?.cyber ?? 'standard') !== 'standard',
    refusal: () => errors.permissionDenied("No access program but 'standard' is open to this key."),
  },
];

/** What the server does not offer is refused, never ignored. @throws 400 naming the parameter, 403 for access programs */
export function checkAvailable(body: CreateResponseBody): void {
  for (const { isAsked, refusal } of UNAVAILABLE) if (isAsked(body)) throw refusal();
}
