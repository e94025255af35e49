/** An exact fraction; `d` is positive. Fractions keep 0.1 + 0.2 at 0.3. */
interface Fraction {
  n: bigint;
  d: bigint;
}

/** Longer expressions, deeper brackets and larger powers are refused: they could hold up the process. */
const limits = { length: 1_000, depth: 100, digits: 1_000, exponent: 1_000 };

const tooLarge = 'That number is too large for me to compute.';

class NotArithmetic extends Error {}
class Undefined extends Error {}

const wordOperators: [RegExp, string][] = [
  [/\bmultiplied by\b|\btimes\b|[×·∙]/gi, '*'],
  [/\bdivided by\b|\bover\b|÷/gi, '/'],
  [/\bto the power of\b|\*\*/gi, '^'],
  [/\bsquared\b/gi, '^2'],
  [/\bcubed\b/gi, '^3'],
  [/\bplus\b/gi, '+'],
  [/\bminus\b|[−–]/gi, '-'],
  [/\bmodulo\b|\bmod\b/gi, '%'],
  [/(\d)\s*(?:%|percent)\s+of\b/gi, '$1/100*'],
];

/**
 * The result of an arithmetic question such as "What is 12 * (3+4)?", exactly where decimals allow it, otherwise to
 * 15 digits. `%` is the remainder, "15% of 200" a share. Null when the text is not arithmetic.
 */
export function calculate(question: string): string | null {
  const stripped = question
    .trim()
    .replace(
      /^(?:please\s+)?(?:what\s+is|what's|whats|how\s+much\s+is|calculate|compute|evaluate|solve|work\s+out)\s*:?\s+/i,
      '',
    )
    .replace(/\s*(?:,?\s*please)?\s*[=?.!]*\s*$/i, '');
  if (stripped.length > limits.length) return null;
  let expression = stripped;
  for (const [words, operator] of wordOperators) expression = expression.replace(words, operator);
  // A lone number, a date or a phone number is no question.
  if (!/\d/.test(expression) || !/^[\d\s.,+\-*/^%()]+$/.test(expression) || !/[+\-*/^%]/.test(expression.slice(1)))
    return null;
  if (/^\s*\d{4}-\d{1,2}-\d{1,2}\s*$/.test(expression)) return null;
  try {
    return print(evaluate(expression.replace(/(\d),(?=\d{3}\b)/g, '$1')));
  } catch (error) {
    if (error instanceof Undefined) return error.message;
    if (error instanceof NotArithmetic) return null;
    throw error;
  }
}

/** Recursive descent: sum → product → sign → power → number or brackets. */
function evaluate(expression: string): Fraction {
  const tokens = expression.match(/\d+(?:\.\d+)?|\.\d+|[+\-*/^%()]|\S/g) ?? [];
  let at = 0;
  let depth = 0;

  const sum = (): Fraction => {
    let left = product();
    for (;;) {
      if (take('+')) left = add(left, product());
      else if (take('-')) left = add(left, negate(product()));
      else return left;
    }
  };
  const product = (): Fraction => {
    let left = signed();
    for (;;) {
      if (take('*')) left = multiply(left, signed());
      else if (take('/')) left = divide(left, signed());
      else if (take('%')) left = remainder(left, signed());
      else return left;
    }
  };
  const signed = (): Fraction => {
    depth += 1;
    if (depth > limits.depth) throw new NotArithmetic();
    const value = take('-') ? negate(signed()) : take('+') ? signed() : power();
    depth -= 1;
    return value;
  };
  const power = (): Fraction => {
    const base = atom();
    return take('^') ? raise(base, signed()) : base;
  };
  const atom = (): Fraction => {
    if (take('(')) {
      const value = sum();
      if (!take(')')) throw new NotArithmetic();
      return value;
    }
    const token = tokens[at];
    if (token === undefined || !/\d/.test(token)) throw new NotArithmetic();
    at += 1;
    return parseNumber(token);
  };
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  };

  const value = sum();
  if (at !== tokens.length) throw new NotArithmetic();
  return value;
}

function parseNumber(token: string): Fraction {
  const [whole = '', decimals = ''] = token.split('.');
  return reduce({ n: BigInt(whole + decimals), d: 10n ** BigInt(decimals.length) });
}

const negate = ({ n, d }: Fraction): Fraction => ({ n: -n, d });
const add = (a: Fraction, b: Fraction): Fraction => reduce({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });
const multiply = (a: Fraction, b: Fraction): Fraction => reduce({ n: a.n * b.n, d: a.d * b.d });
const divide = (a: Fraction, b: Fraction): Fraction => {
  if (b.n === 0n) throw new Undefined('Division by zero is undefined.');
  return reduce({ n: a.n * b.d, d: a.d * b.n });
};
const remainder = (a: Fraction, b: Fraction): Fraction => {
  if (b.n === 0n) throw new Undefined('Division by zero is undefined.');
  return reduce({ n: (a.n * b.d) % (b.n * a.d), d: a.d * b.d });
};

function raise(base: Fraction, exponent: Fraction): Fraction {
  if (exponent.d !== 1n) {
    const value = Number(base.n) / Number(base.d);
    const result = value ** (Number(exponent.n) / Number(exponent.d));
    if (!(Math.abs(result) < 1e15)) throw new Undefined('That power has no real value I can compute.');
    return parseNumberWithSign(result);
  }
  const times = exponent.n < 0n ? -exponent.n : exponent.n;
  const digits = Math.max(digitsOf(base.n), digitsOf(base.d));
  if (times > BigInt(limits.exponent) || Number(times) * digits > limits.digits) throw new Undefined(tooLarge);
  const raised = reduce({ n: base.n ** times, d: base.d ** times });
  return exponent.n < 0n ? divide({ n: 1n, d: 1n }, raised) : raised;
}

const parseNumberWithSign = (value: number): Fraction => {
  const text = value.toFixed(12);
  return text.startsWith('-') ? negate(parseNumber(text.slice(1))) : parseNumber(text);
};

const digitsOf = (value: bigint): number => value.toString().replace('-', '').length;

function reduce({ n, d }: Fraction): Fraction {
  let a = n < 0n ? -n : n;
  let b = d < 0n ? -d : d;
  while (b !== 0n) [a, b] = [b, a % b];
  const by = d < 0n ? -a : a;
  const reduced = { n: n / by, d: d / by };
  if (digitsOf(reduced.n) > limits.digits * 2 || digitsOf(reduced.d) > limits.digits * 2) throw new Undefined(tooLarge);
  return reduced;
}

function print({ n, d }: Fraction): string {
  if (d === 1n) return n.toString();
  const decimals = decimalPlaces(d);
  if (decimals === null) {
    const value = Number(n) / Number(d);
    return Number.isFinite(value) ? String(Number(value.toPrecision(15))) : tooLarge;
  }
  const digits = (((n < 0n ? -n : n) * 10n ** BigInt(decimals)) / d).toString().padStart(decimals + 1, '0');
  return `${n < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Places a fraction needs to be written exactly, or null when it never ends or is too long to read. */
function decimalPlaces(d: bigint): number | null {
  let rest = d;
  let places = 0;
  while (rest % 10n === 0n) [rest, places] = [rest / 10n, places + 1];
  while (rest % 2n === 0n) [rest, places] = [rest / 2n, places + 1];
  while (rest % 5n === 0n) [rest, places] = [rest / 5n, places + 1];
  return rest === 1n && places <= 30 ? places : null;
}
