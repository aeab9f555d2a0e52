/** Repeats one history and prints its steps: `SEED=17 npx vitest run <file>`. */
export const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

/** How often each expected outcome has occurred. */
export type Ends = Readonly<Record<string, number>>;

/** The outcomes that occurred fewer than `least` times. */
export const missingEnds = (ends: Ends, least = 1): string[] =>
  Object.entries(ends).flatMap(([end, times]) => (times < least ? [end] : []));

interface History {
  readonly trace: readonly string[];
  readonly answers?: readonly string[];
}

/**
 * Random histories, each with its own seed: `usual` of them, or `RUNS=1000 npx vitest run <file>`. While an outcome
 * is missing there are more, at most fifty times as many. No history follows a fault.
 */
export const explore = async <H extends History>(
  play: (seed: number) => Promise<H>,
  {
    into = [],
    usual,
    lanes = 1,
    missing = () => [],
    wrong = [],
  }: {
    /** Gets the histories. */
    readonly into?: H[];
    readonly usual: number;
    /** Histories at a time. */
    readonly lanes?: number;
    /** The expected outcomes that have not occurred. */
    readonly missing?: () => readonly unknown[];
    readonly wrong?: readonly string[];
  },
): Promise<void> => {
  if (SEED !== undefined) {
    const history = await play(SEED);
    into.push(history);
    console.info([...(history.answers ?? []), ...history.trace].join('\n'));
    return;
  }
  const least = Number(process.env.RUNS ?? usual);
  let begun = 0;
  const isEnough = (): boolean =>
    wrong.length > 0 || begun >= 50 * least || (begun >= least && missing().length === 0);
  const lane = async (): Promise<void> => {
    while (!isEnough()) {
      begun += 1;
      into.push(await play(begun));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};
