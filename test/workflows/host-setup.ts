import type { TestProject } from 'vitest/node';
import { parseOutput } from '../host/output.ts';
import { freshDirectory, removeDirectory, startProduct } from '../host/product.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The output of the product that all workflows use. */
    workflowOutput: string;
  }
}

/** One product for all workflows, started like `npm start`. The workflows wait for it, so that a run without them costs nothing. */
export default function setup(project: TestProject): () => Promise<void> {
  const begin = () => {
    const directory = freshDirectory();
    const product = startProduct({ directory });
    project.provide('workflowOutput', product.outputFile);
    return async () => {
      const code = await product.stop();
      // A very short run ends it before it can react to signals or requests.
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
