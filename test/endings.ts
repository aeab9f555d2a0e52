import { onTestFinished, TestRunner } from 'vitest';

type End = () => Promise<unknown>;

const ofFile = new Set<End>();
const underWay = new Set<Promise<unknown>>();

/** Runs it once the file is over. */
export const atEndOfFile = (end: End): void => {
  ofFile.add(end);
};

/** Runs it once the test is over that runs now, or the file where none does, as in `beforeAll`. */
export const atEnd = (end: End): void => {
  if (TestRunner.getCurrentTest() === undefined) {
    atEndOfFile(end);
    return;
  }
  onTestFinished(() => {
    // The next test need not wait for it; the file does.
    const ending = end().finally(() => underWay.delete(ending));
    underWay.add(ending);
  });
};

/** Ends what is left of a file. */
export const endFile = async (): Promise<void> => {
  const ends = [...ofFile];
  ofFile.clear();
  await Promise.all([...ends.map((end) => end()), ...underWay]);
};
