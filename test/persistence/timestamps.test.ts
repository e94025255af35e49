import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { parseTimestamp } from '../../src/persistence/database.js';

const TIMESTAMPTZ_OID = 1184;
const theirs = pg.types.getTypeParser(TIMESTAMPTZ_OID, 'text') as (text: string) => unknown;

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

it('a time as PostgreSQL prints it is the moment that its own client reads', () => {
  const moment = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moment, fc.integer({ min: 0, max: 999_999 }), (date, micros) => {
      const [day, time] = date.toISOString().split('T') as [string, string];
      // Trailing zeros of the fraction are not printed, nor its point if nothing is left.
      const fraction = `.${pad(micros, 6)}`.replace(/\.?0+$/, '');
      const text = `${day} ${time.slice(0, 8)}${fraction}+00`;
      expect(parseTimestamp(text)).toEqual(theirs(text));
    }),
  );
});

it.each([
  '2026-03-01 12:00:00+05:30',
  '2026-03-01 12:00:00.5-03',
  'infinity',
  '12026-03-01 12:00:00+00',
  '0044-03-15 12:00:00+00 BC',
])('%s is read as its own client does', (text) => {
  expect(parseTimestamp(text)).toEqual(theirs(text));
});
