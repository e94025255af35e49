/**
 * Events of a run (streaming section). An event is printed once, when it gets its number; everyone who reads it, now or
 * later, gets the same bytes.
 */
export interface ResponseEvent {
  sequenceNumber: number;
  type: string;
  /** The event as one line of JSON, `type` first. */
  json: string;
}

/**
 * Prints an event. `members` is the JSON of its further members without the braces, or empty: deltas are built from
 * templates, because stringifying an object for every token costs several times as much.
 */
export function printEvent(sequenceNumber: number, type: string, members: string): ResponseEvent {
  const comma = members === '' ? '' : ',';
  return { sequenceNumber, type, json: `{"type":"${type}","sequence_number":${sequenceNumber}${comma}${members}}` };
}

/** Reads a stored event back. */
export function storedEvent(sequenceNumber: number, json: string): ResponseEvent {
  const end = json.indexOf('"', 9);
  return { sequenceNumber, type: json.slice(9, end), json };
}
