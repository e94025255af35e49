import type { ResponseObject } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { carriesResponse } from '../types/event.types.js';
import { responseFromObject } from './response-from-object.js';

/** An event as resolvers see it: its members in the API's spelling, its response as the domain's record. */
export type ReadEvent = Readonly<Record<string, unknown>> & { readonly type: string; readonly sequence_number: number };

export type EventReader = ReturnType<typeof createEventReader>;

/** Reads printed events. Each is parsed once, however many follow it. */
export function createEventReader() {
  const read = new WeakMap<ResponseEvent, ReadEvent>();
  return {
    read(event: ResponseEvent): ReadEvent {
      const known = read.get(event);
      if (known !== undefined) return known;
      const members = JSON.parse(event.json) as ReadEvent;
      const shown = carriesResponse(event.type)
        ? { ...members, response: responseFromObject(members.response as ResponseObject) }
        : members;
      read.set(event, shown);
      return shown;
    },
  };
}
