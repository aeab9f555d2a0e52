/** The members of an object that are not undefined. */
interface Shape {
  readonly token: number;
  /** Their names, sorted. */
  readonly names: readonly string[];
  /** The shapes with one more member. */
  readonly more: Map<string, Shape>;
}

/**
 * Numbers values from 0: equal ones get equal numbers. Absent and undefined members are equal, and the order of members does not matter. Names
 * are only compared for equality: the values are equal if one renaming makes them so.
 */
export function numbering(
  isName: (leaf: unknown, member: string) => boolean = () => false,
): (value: unknown) => number {
  // A value is written as tokens: one for each leaf, for each length of a list, and for each set of members.
  const tokens = new Uint16Array(4_096);
  const bytes = Buffer.from(tokens.buffer);
  let length = 0;
  let hash = 0;
  let met: unknown[] = [];
  let count = 0;
  const tokensOf = <K>(): ((key: K) => number) => {
    const known = new Map<K, number>();
    return (key) => {
      const token = known.get(key) ?? count++;
      if (token === count - 1) known.set(key, token);
      return token;
    };
  };
  const ofLeaf = tokensOf<unknown>();
  const ofName = tokensOf<number>();
  const ofLength = tokensOf<number>();
  const ofNames = tokensOf<string>();
  const shape = (names: readonly string[]): Shape => ({
    token: ofNames(JSON.stringify(names)),
    names,
    more: new Map(),
  });
  const empty = shape([]);
  const shapeOf = (value: Readonly<Record<string, unknown>>): Shape => {
    let found = empty;
    for (const name in value) {
      if (value[name] === undefined) continue;
      let next = found.more.get(name);
      if (!next) {
        next = shape([...found.names, name].sort());
        found.more.set(name, next);
      }
      found = next;
    }
    return found;
  };
  const put = (token: number): void => {
    tokens[length++] = token;
    hash = Math.imul(hash ^ token, 0x01000193);
  };
  const placeOf = (name: unknown): number => {
    const place = met.indexOf(name);
    return place < 0 ? met.push(name) - 1 : place;
  };
  const write = (value: unknown, member: string): void => {
    if (typeof value !== 'object' || value === null) {
      put(isName(value, member) ? ofName(placeOf(value)) : ofLeaf(value));
    } else if (Array.isArray(value)) {
      put(ofLength(value.length));
      for (let at = 0; at < value.length; at++) write(value[at], member);
    } else {
      const members = value as Readonly<Record<string, unknown>>;
      const { token, names } = shapeOf(members);
      put(token);
      for (let at = 0; at < names.length; at++) write(members[names[at] as string], names[at] as string);
    }
  };

  /** By number; and the numbers by hash, each with the one before of the same hash. */
  const texts: string[] = [];
  const byHash = new Map<number, number>();
  const before: (number | undefined)[] = [];
  const isWritten = (text: string): boolean => {
    if (text.length !== length) return false;
    for (let at = 0; at < length; at++) if (text.charCodeAt(at) !== tokens[at]) return false;
    return true;
  };
  return (value) => {
    [length, hash, met] = [0, 0, []];
    write(value, '');
    hash ^= hash >>> 15;
    if (length > tokens.length || count > 0xffff) throw new Error('there are too many different values');
    const last = byHash.get(hash);
    for (let number = last; number !== undefined; number = before[number])
      if (isWritten(texts[number] as string)) return number;
    const number = texts.push(bytes.toString('utf16le', 0, 2 * length)) - 1;
    byHash.set(hash, number);
    before[number] = last;
    return number;
  };
}
