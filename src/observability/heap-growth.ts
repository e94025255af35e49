import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** V8's own least. */
const LEAST_PERCENT = 10;
const MOST_PERCENT = 100;

/**
 * Lets the heap, until V8 next looks through all of it, grow by the factor by which what it holds has grown since the program was
 * loaded: by a tenth at least, and to twice its size at most. V8 itself would let it grow up to fourfold, by how fast it has grown so
 * far, and takes loading the program for the usual pace: the garbage of half a million requests was kept before anybody looked, and
 * its memory from then on.
 *
 * Called once what loading took has been given back. The flag is the process's, so the heaps of its worker threads follow suit.
 */
export function boundHeapGrowth(): void {
  const loadedBytes = heldBytes();
  const allow = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);
  allow(LEAST_PERCENT);
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isMajorCollection)) return;
    const grownPercent = Math.round((heldBytes() / loadedBytes - 1) * 100);
    allow(Math.min(Math.max(LEAST_PERCENT, grownPercent), MOST_PERCENT));
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** Buffers included. */
function heldBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

function isMajorCollection(entry: PerformanceEntry): boolean {
  const { kind } = (entry as PerformanceEntry & { detail: NodeGCPerformanceDetail }).detail;
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
