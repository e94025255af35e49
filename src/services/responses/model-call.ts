/** A call the model made in one turn. Server tools' calls are not shown as function calls; the runner executes them. */
export interface ModelCall {
  callId: string;
  name: string;
  arguments: string;
}
