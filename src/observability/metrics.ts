import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SECONDS, TimeHistogram, type TimeSeries } from './time-histogram.js';

/** What a model call used, as the ledger has it. */
export interface Booking {
  provider: string;
  usage: { inputTokens: number; cachedInputTokens: number; outputTokens: number; reasoningTokens: number };
}

export interface Metrics {
  /** A request was answered. `route` is the pattern, not the path: its values are few. */
  answered(route: string, method: string, status: number, seconds: number): void;
  /** A model call was booked; `status` is how its response ended. */
  booked(booking: Booking, status: string): void;
  /** A request to a model went on from one provider to another. */
  fellBack(model: string, from: string, to: string): void;
  /** Vector stores were searched. */
  searched(seconds: number): void;
  /** New work was refused, for lack of this. */
  refused(reason: string): void;
  /** The event loop came to something this much later than it was due. */
  delayed(seconds: number): void;
  /** Shows a number of the moment, read when somebody asks. */
  watch(name: string, help: string, read: () => number): void;
  /** Shows numbers that only grow, by their kind, read when somebody asks. */
  follow(name: string, help: string, read: () => Record<string, number>): void;
  /** Everything in Prometheus' text format. */
  print(): Promise<string>;
  readonly contentType: string;
}

/** Adds up what is counted all the time, and tells the registry when somebody asks: telling it of each costs more than adding. */
class Tally {
  readonly #counter: Counter.Internal;
  #untold = 0;

  constructor(counter: Counter.Internal) {
    this.#counter = counter;
  }

  add(count: number): void {
    this.#untold += count;
  }

  tell(): void {
    this.#counter.inc(this.#untold);
    this.#untold = 0;
  }
}

/** Answers of one method of a route: how many by status, and how long they took. */
interface AnsweredRoute {
  counts: Map<number, Tally>;
  times: TimeSeries;
}

/**
 * Figures for Prometheus, of this process alone. Labels hold what the operator chose (routes, providers), never what a caller
 * can make up, so that their number stays small.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'antiphon_http_requests_total',
    help: 'Answered HTTP requests.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const durations = new TimeHistogram(
    'antiphon_http_request_duration_seconds',
    'From the request to the end of its answer; streams count until they end.',
  );
  const calls = new Counter({
    name: 'antiphon_model_calls_total',
    help: 'Responses and other model calls that ended, by provider and status.',
    labelNames: ['provider', 'status'],
    registers,
  });
  const tokens = new Counter({
    name: 'antiphon_tokens_total',
    help: 'Tokens booked, by provider and kind. Cached ones are part of input, reasoning ones of output.',
    labelNames: ['provider', 'kind'],
    registers,
  });
  const fallbacks = new Counter({
    name: 'antiphon_model_fallbacks_total',
    help: 'Requests that went on to another provider, by configured model and providers.',
    labelNames: ['model', 'from', 'to'],
    registers,
  });
  const searches = new Histogram({
    name: 'antiphon_search_duration_seconds',
    help: 'Searches of vector stores, by the tool file_search and by themselves, with the embedding of their question.',
    buckets: SECONDS,
    registers,
  });
  const refusals = new Counter({
    name: 'antiphon_refused_total',
    help: 'Requests for new work answered 503 at once, by what was short: runs, database, delay.',
    labelNames: ['reason'],
    registers,
  });
  const delays = new Histogram({
    name: 'antiphon_event_loop_delay_seconds',
    help: 'How late the event loop came to what was due, every 50 ms.',
    buckets: SECONDS,
    registers,
  });
  // Looking a child up by its labels costs more than counting does; so does making one key of the three.
  const answered = new Map<string, Map<string, AnsweredRoute>>();
  const booked = new Map<string, Record<'calls' | 'input' | 'cachedInput' | 'output' | 'reasoning', Tally>>();
  const tallies: Tally[] = [];
  const tally = (counter: Counter.Internal): Tally => {
    const made = new Tally(counter);
    tallies.push(made);
    return made;
  };
  collectDefaultMetrics({ register: registry, prefix: 'antiphon_' });

  return {
    answered(route, method, status, seconds) {
      let methods = answered.get(route);
      if (methods === undefined) {
        methods = new Map();
        answered.set(route, methods);
      }
      let known = methods.get(method);
      if (known === undefined) {
        known = { counts: new Map(), times: durations.series({ route, method }) };
        methods.set(method, known);
      }
      let count = known.counts.get(status);
      if (count === undefined) {
        count = tally(requests.labels(route, method, String(status)));
        known.counts.set(status, count);
      }
      count.add(1);
      known.times.observe(seconds);
    },
    booked({ provider, usage }, status) {
      const key = `${status} ${provider}`;
      let known = booked.get(key);
      if (known === undefined) {
        known = {
          calls: tally(calls.labels(provider, status)),
          input: tally(tokens.labels(provider, 'input')),
          cachedInput: tally(tokens.labels(provider, 'cached_input')),
          output: tally(tokens.labels(provider, 'output')),
          reasoning: tally(tokens.labels(provider, 'reasoning')),
        };
        booked.set(key, known);
      }
      known.calls.add(1);
      known.input.add(usage.inputTokens);
      known.cachedInput.add(usage.cachedInputTokens);
      known.output.add(usage.outputTokens);
      known.reasoning.add(usage.reasoningTokens);
    },
    fellBack: (model, from, to) => fallbacks.inc({ model, from, to }),
    refused: (reason) => refusals.inc({ reason }),
    delayed: (seconds) => delays.observe(seconds),
    searched: (seconds) => searches.observe(seconds),
    watch(name, help, read) {
      new Gauge({
        name: `antiphon_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    follow(name, help, read) {
      new Counter({
        name: `antiphon_${name}`,
        help,
        labelNames: ['kind'],
        registers,
        collect() {
          this.reset();
          for (const [kind, total] of Object.entries(read())) this.inc({ kind }, total);
        },
      });
    },
    async print() {
      for (const each of tallies) each.tell();
      return `${await registry.metrics()}\n${durations.print()}`;
    },
    contentType: registry.contentType,
  };
}
