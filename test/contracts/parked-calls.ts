import { park } from './interleaver.ts';
import type { Interception } from './stores.ts';

/** The rows that a request names, such as `edges+guard`. */
const named = (input: unknown): string => {
  const text = JSON.stringify(input);
  const rows = {
    edges: 'edges#',
    guard: '"S":"guard"',
    element: '"S":"element"',
    composition: '"S":"composition"',
    attachment: '"S":"attachment"',
    space: 'space#',
  };
  return Object.entries(rows)
    .flatMap(([row, mark]) => (text.includes(mark) ? [row] : []))
    .join('+');
};

/** The partitions of edges, and of due rows. */
const MOSTLY_EMPTY = /(?:edges|due)#[^"]*/g;

/**
 * Lets every storage call wait. Most queries for edges or due rows read partitions that never had a row, so their answers are known, and only the
 * others reach the engine; it must see all writes to them. With `together`, calls that an operation sends side by side are one step; otherwise
 * most random choices would only order those.
 */
export const parking = ({ together = false } = {}): Interception => {
  const written = new Set<string>();
  return (operation, send, input) => {
    const partitions = JSON.stringify(input).match(MOSTLY_EMPTY) ?? [];
    const isEmpty = (): boolean =>
      operation === 'Query' &&
      partitions.length > 0 &&
      partitions.every((partition) => !written.has(partition));
    const take = () => {
      if (operation !== 'Query') for (const partition of partitions) written.add(partition);
      return isEmpty()
        ? Promise.resolve({ output: { Items: [] } } as Awaited<ReturnType<typeof send>>)
        : send();
    };
    return park(`${operation} ${named(input)}`, take, together && isEmpty());
  };
};

/** A process that dies at one of its calls: every second one still sends that call, and loses its answer. */
export const mortal = (inner: Interception, callsToLive = Number.POSITIVE_INFINITY): Interception => {
  let calls = 0;
  return (operation, send, input) =>
    inner(
      operation,
      async () => {
        calls += 1;
        if (calls < callsToLive) return send();
        if (calls === callsToLive && callsToLive % 2 === 0) await send();
        throw new Error('killed');
      },
      input,
    );
};

/** Shows each request to a witness after it is done. */
export const seeing =
  (inner: Interception, note: (operation: string, input: unknown) => void): Interception =>
  (operation, send, input) =>
    inner(
      operation,
      async () => {
        const answer = await send();
        note(operation, input);
        return answer;
      },
      input,
    );
