/** Splits a command line into words like a POSIX shell: with quotes and backslashes, but without expansions. Throws for an open quote. */
export const wordsOf = (line: string): string[] => {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] as string;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      let text = '';
      for (at += 1; line[at] !== char; at += 1) {
        if (at >= line.length) throw new TypeError(`The quote ${char} is opened and not closed.`);
        if (char === '"' && line[at] === '\\' && /["\\$`]/.test(line[at + 1] ?? '')) at += 1;
        text += line[at];
      }
      word = (word ?? '') + text;
    } else if (char === '\\' && at + 1 < line.length) {
      at += 1;
      word = (word ?? '') + (line[at] === '\n' ? '' : line[at]);
    } else {
      word = (word ?? '') + char;
    }
  }
  return word === undefined ? words : [...words, word];
};

const SHELL = /(^|\/)((ba|da|z|k)?sh|busybox)$/;

/** The first shell syntax in a command line that no shell would read, such as `>`, `&&` or `$NAME`. A shell gets its script in quotes. */
export const shellSyntaxOf = (line: string): string | undefined => {
  const unquoted = line.replaceAll(/'[^']*'|\\./g, ' ');
  const isShell = SHELL.test(line.trim().split(/\s/)[0] ?? '');
  const seen = isShell ? unquoted.replaceAll(/"[^"]*"/g, ' ') : unquoted;
  const outside = seen.replaceAll(/"[^"]*"/g, ' ');
  return (/&&|\|\|?|>>?|<|;/.exec(outside) ?? /\$\w+|\$[({]|`/.exec(seen))?.[0];
};

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** Variables of a pasted `.env` file: a line each, comments, `export`, and quotes around values. Throws with the number of the line. */
export const variablesOf = (text: string): Variable[] => {
  const found = new Map<string, string>();
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim().replace(/^export\s+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const [, name, said = ''] = /^([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new TypeError(`Line ${at + 1} is not NAME=value: ${line}`);
    const [, quote, within] = /^(["'])(.*)\1$/s.exec(said) ?? [];
    const value = within ?? said.replace(/\s+#.*$/, '');
    found.set(name, quote === '"' ? value.replaceAll('\\n', '\n').replaceAll('\\"', '"') : value);
  }
  return [...found].map(([name, value]) => ({ name, value }));
};

const SCALE: Readonly<Record<string, number>> = {
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** Bytes of `512 MiB`, `512m`, `1.5GiB`, `4096 B`. Throws for an invalid size, and for a number alone, of which people mean MiB and engines bytes. */
export const sizeOf = (text: string): number => {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  if (count === '') throw new TypeError(`${text} is no size: write 512 MiB or 2 GiB.`);
  const scale = SCALE[unit.toLowerCase()];
  if (scale === undefined)
    throw new TypeError(`${count} has no unit: write ${count} MiB, or ${count} B for bytes.`);
  return Math.round(Number(count) * scale);
};

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of `90 s`, `10 min`, `10m`, `1h`. Throws for an invalid duration, and for a number alone. */
export const secondsOf = (text: string): number => {
  const [, count = '', unit = ''] = /^(\d+)\s*(s|m|h|d|)$/.exec(text.trim().replace(/min$/, 'm')) ?? [];
  if (count === '') throw new TypeError(`${text} is no span of time: write 90 s, 10 min or 1 h.`);
  const scale = SECONDS[unit];
  if (scale === undefined) throw new TypeError(`${count} has no unit: write ${count} s or ${count} min.`);
  return Number(count) * scale;
};
