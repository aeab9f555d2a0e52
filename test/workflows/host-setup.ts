import type { TestProject } from 'vitest/node';
import { parseOutput } from '../host/output.ts';
import { freshDirectory, removeDirectory, startProduct } from '../host/product.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What the product prints that all workflows talk to. */
    workflowOutput: string;
  }
}

/**
 * One product for all workflows, started as `npm start` does. Nobody waits for it here: the workflows do, so that
 * a run without them costs nothing.
 */
export default function setup(project: TestProject): () => Promise<void> {
  const begin = () => {
    const directory = freshDirectory();
    const product = startProduct({ directory });
    project.provide('workflowOutput', product.outputFile);
    return async () => {
      const code = await product.stop();
      // A run that is over at once ends it before it can listen, to signals as to requests.
      const listened = parseOutput(product.output()).url !== undefined;
      if (code !== 0 && listened)
        console.error(`the product of the workflows ended with ${code}: ${product.errors()}`);
      removeDirectory(directory);
    };
  };
  let end = begin();
  project.onTestsRerun(async () => {
    await end();
    end = begin();
  });
  return () => end();
}
