import { onTestFinished, TestRunner } from 'vitest';

type End = () => Promise<unknown>;

const ofFile = new Set<End>();
const underWay = new Set<Promise<unknown>>();

/** Runs it at the end of the file. */
export const atEndOfFile = (end: End): void => {
  ofFile.add(end);
};

/** Runs it at the end of the present test, or of the file outside a test, as in `beforeAll`. */
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

/** Runs the remaining ends of a file. */
export const endFile = async (): Promise<void> => {
  const ends = [...ofFile];
  ofFile.clear();
  await Promise.all([...ends.map((end) => end()), ...underWay]);
};
