import type { ServerResponse } from 'node:http';
import { LightSignal } from '../domain/signal.js';

/** The client of a request, while it waits for its answer: aborts when it has left before its end, which closing alone does not tell. */
export class WaitingClient extends LightSignal {
  constructor(raw: ServerResponse) {
    super();
    const onClose = (): void => {
      if (!raw.writableFinished) this.abort();
    };
    if (raw.closed) onClose();
    else raw.on('close', onClose);
  }
}
