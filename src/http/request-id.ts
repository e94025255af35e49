import { randomUUID } from 'node:crypto';

/** The id every answer carries as `x-request-id`. A caller's own id is not taken over: it could not be trusted to be unique. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`;
