import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { FIRST_ANSWER_BAR } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { startProduct } from './product.ts';

const ROUNDS = 9;
const ROOT = join(import.meta.dirname, '..');

/** Milliseconds of a Node process that loads sources like the product and does nothing. */
const timeNothing = (): number => {
  const from = performance.now();
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', '-e', '0'], { cwd: ROOT });
  if (status !== 0) throw new Error(`node --import tsx ended with ${status}`);
  return performance.now() - from;
};

/** Milliseconds until `npm start` answers on an empty directory. */
const timeAnswer = async (): Promise<number> => {
  const from = performance.now();
  const product = await startProduct();
  try {
    const { status } = await fetch(`${product.url}/v1/health`);
    if (status !== 200) throw new Error(`the product answers with ${status}`);
    return performance.now() - from;
  } finally {
    await product.stop();
  }
};

export const measureFirstAnswer = async (): Promise<Figure[]> => {
  const [answers, nothing]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    answers.push(await timeAnswer());
    nothing.push(timeNothing());
  }
  const name = `${Math.round(median(answers))} ms until npm start answers, on an empty directory, over node --import tsx`;
  return [atMost(name, median(answers) / median(nothing), FIRST_ANSWER_BAR)];
};
