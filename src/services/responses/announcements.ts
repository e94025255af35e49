import { type ResponseWithOutput, toResponseObject } from '../../domain/response.js';
import type { RunLog } from './run-log.js';

const announcement = (record: ResponseWithOutput, status: ResponseWithOutput['status']): string =>
  `"response":${JSON.stringify(toResponseObject({ ...record, status, output: [] }))}`;

/** The first events of a background run, as far as they are not there yet. */
export function announceQueued(log: RunLog, record: ResponseWithOutput): void {
  if (log.lastSequence < 0) log.append('response.created', announcement(record, 'queued'));
  if (log.lastSequence < 1) log.append('response.queued', announcement(record, 'queued'));
}

/** The events that say a run is at work. */
export function announceStart(log: RunLog, record: ResponseWithOutput): void {
  if (!record.background) log.append('response.created', announcement(record, 'in_progress'));
  log.append('response.in_progress', announcement(record, 'in_progress'));
}
