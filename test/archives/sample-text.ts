/** 180 KB of constant text, with words that repeat soon, late, and in the block before. */
export const sampleText = (): Buffer => {
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const words = Array.from({ length: 120 }, () =>
    String.fromCharCode(...Array.from({ length: 2 + next(8) }, () => 97 + ((next(26) * next(26)) % 26))),
  );
  const lines: string[] = [];
  for (let length = 0; length < 180_000; ) {
    const line = Array.from({ length: 3 + next(9) }, () => words[Math.min(next(120), next(120))]).join(' ');
    lines.push(next(3) > 0 ? (lines[next(lines.length + 1)] ?? line) : line);
    length += (lines.at(-1) as string).length + 1;
  }
  return Buffer.from(`${lines.join('\n')}\n${'='.repeat(3000)}\n`);
};
