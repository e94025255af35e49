/** Upper bounds of buckets, in seconds. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Times of one kind. */
export class TimeSeries {
  /** How many fell into each bucket alone; the last is for what is longer than any bound. */
  readonly counts = SECONDS.map(() => 0).concat(0);
  sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < SECONDS.length && seconds > (SECONDS[bucket] as number)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += seconds;
  }
}

/**
 * A histogram for what happens with every request: prom-client's looks its labels up anew for each observation, which costs as much
 * as routing the request did. Printed as Prometheus' text format has it (exposition formats, histograms).
 */
export class TimeHistogram {
  readonly #series: { labels: string; times: TimeSeries }[] = [];

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  /** Times with these labels, to be kept by whoever observes. To be asked for once: nothing is looked up. */
  series(labels: Readonly<Record<string, string>>): TimeSeries {
    const times = new TimeSeries();
    const printed = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
    this.#series.push({ labels: printed.join(','), times });
    return times;
  }

  print(): string {
    const lines = [`# HELP ${this.name} ${this.help}`, `# TYPE ${this.name} histogram`];
    for (const { labels, times } of this.#series) {
      let sum = 0;
      for (const [bucket, count] of times.counts.entries()) {
        sum += count;
        lines.push(`${this.name}_bucket{le="${SECONDS[bucket] ?? '+Inf'}",${labels}} ${sum}`);
      }
      lines.push(`${this.name}_sum{${labels}} ${times.sum}`, `${this.name}_count{${labels}} ${sum}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
