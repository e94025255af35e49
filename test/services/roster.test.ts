import { describe, expect, it } from '@jest/globals';
import { IdTable } from '../../src/services/responses/id-table.js';
import { Roster } from '../../src/services/responses/roster.js';
import { Waiters } from '../../src/services/responses/waiters.js';

describe('a roster', () => {
  const here = (roster: Roster<string>): string[] => {
    const items: string[] = [];
    for (let place = roster.first; place?.item; place = place.next) items.push(place.item);
    return items;
  };

  it('keeps the order in which its members came, whoever leaves', () => {
    const roster = new Roster<string>();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((item) => roster.enter(item));
    const leave = (place: typeof a): void => {
      if (place !== undefined) roster.leave(place);
    };
    expect(here(roster)).toEqual(['a', 'b', 'c', 'd']);
    leave(b);
    expect(here(roster)).toEqual(['a', 'c', 'd']);
    leave(d);
    leave(a);
    leave(a);
    expect(here(roster)).toEqual(['c']);
    roster.enter('e');
    expect(here(roster)).toEqual(['c', 'e']);
    leave(c);
    expect(here(roster)).toEqual(['e']);
  });

  it('leaves nothing behind in the place of one who left', () => {
    const roster = new Roster<string>();
    const places = ['a', 'b', 'c'].map((item) => roster.enter(item));
    for (const place of places) roster.leave(place);
    expect(roster.first).toBeNull();
    for (const place of places) expect({ ...place }).toEqual({ item: null, previous: null, next: null });
  });
});

describe('a table of ids', () => {
  const MANY = 2000;
  const idOf = (n: number): string => n.toString(16).padStart(8, '0');

  it('finds what is there and nothing else, with far more members than buckets', () => {
    const table = new IdTable<{ id: string }>();
    const items = Array.from({ length: MANY }, (_, n) => ({ id: idOf(n) }));
    for (const item of items) table.put(item);
    expect(table.size).toBe(MANY);
    expect(items.every((item) => table.find(item.id) === item)).toBe(true);
    for (const item of items) if (Number.parseInt(item.id, 16) % 3 !== 0) table.remove(item);
    expect(items.filter(({ id }) => table.find(id) !== undefined)).toEqual(items.filter((_, n) => n % 3 === 0));
    expect(table.size).toBe(table.all().length);
    expect(new Set(table.all())).toEqual(new Set(items.filter((_, n) => n % 3 === 0)));
  });

  it('has one for an id: the last that was put, which the one before cannot remove', () => {
    const table = new IdTable<{ id: string; name: string }>();
    const [first, second] = ['first', 'second'].map((name) => ({ id: 'same', name }));
    if (first === undefined || second === undefined) throw new Error('unreachable');
    table.put(first);
    table.put(second);
    expect(table.find('same')).toBe(second);
    table.remove(first);
    expect(table.find('same')).toBe(second);
    expect(table.size).toBe(1);
    table.remove(second);
    table.remove(second);
    expect([table.find('same'), table.size]).toEqual([undefined, 0]);
  });
});

describe('those who wait', () => {
  it('are woken once each, and those who wait again only by the next wake', () => {
    const waiters = new Waiters();
    const woken: string[] = [];
    const waiter = (name: string) => ({
      wake(): void {
        woken.push(name);
        waiters.add(this);
      },
    });
    const [a, b, c] = ['a', 'b', 'c'].map(waiter);
    for (const one of [a, b, c, a]) if (one !== undefined) waiters.add(one);
    expect(waiters.size).toBe(3);
    waiters.wake();
    expect(woken.toSorted()).toEqual(['a', 'b', 'c']);
    waiters.wake();
    expect(woken.toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    for (const one of [a, b, c]) if (one !== undefined) waiters.delete(one);
    expect(waiters.size).toBe(0);
    waiters.wake();
    expect(woken).toHaveLength(6);
  });
});
