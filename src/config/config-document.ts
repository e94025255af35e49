import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { ConfigFault } from './config-fault.js';

export type Place = readonly PropertyKey[];

/** The text of a config file, and where in it everything stands. */
export class ConfigDocument {
  /** What is wrong with the text itself. */
  readonly faults: ConfigFault[];
  /** Variables that it names and that are not set; each reads as an empty text. */
  readonly unset: ConfigFault[] = [];
  readonly #document: Document;
  readonly #lines = new LineCounter();

  /** `${NAME}` stands for a variable of the environment, in any text but that of keys. */
  constructor(text: string, environment: Record<string, string | undefined>) {
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    this.faults = this.#document.errors.map(({ message, pos: [offset] }) => ({
      ...this.#position(offset),
      path: '',
      message: message.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '.') ?? '',
    }));
    this.#substitute(environment);
  }

  get value(): unknown {
    return this.#document.toJS() ?? {};
  }

  /** A fault of the value at this place, or of what it is missing in. */
  fault(place: Place, message: string): ConfigFault {
    return this.#at(this.#nearest(place), place, message);
  }

  /** A fault of the key itself. */
  faultOfKey(place: Place, message: string): ConfigFault {
    const parent = this.#document.getIn(place.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === place.at(-1)) : null;
    return this.#at(isNode(pair?.key) ? pair.key : this.#nearest(place), place, message);
  }

  #at(node: Node | null, place: Place, message: string): ConfigFault {
    return { ...this.#position(node?.range?.[0]), path: place.join('.'), message };
  }

  #nearest(place: Place): Node | null {
    for (let length = place.length; length > 0; length -= 1) {
      const node = this.#document.getIn(place.slice(0, length), true);
      if (isNode(node)) return node;
    }
    return this.#document.contents;
  }

  #position(offset: number | undefined): Pick<ConfigFault, 'line' | 'column'> {
    if (offset === undefined) return { line: null, column: null };
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #substitute(environment: Record<string, string | undefined>): void {
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key === 'key' || typeof node.value !== 'string') return;
        node.value = node.value.replaceAll(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_match, name: string) => {
          const found = environment[name];
          if (found === undefined) this.unset.push(this.#at(node, [], `the environment variable ${name} is not set.`));
          return found ?? '';
        });
      },
    });
  }
}
