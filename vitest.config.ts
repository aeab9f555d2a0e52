import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

/** Set-up, workers and reports are of the whole run; this is of each of its projects. */
const shared = {
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  testTimeout: 60_000,
  hookTimeout: 60_000,
};
/** These leave no state of a module behind, and load it once a worker: the SDK and the CDK are half of what they take. */
const together = ['infra', 'functions', 'lib', 'model'].map((directory) => `test/${directory}/**/*.test.ts`);
/** It listens to every request of the process. */
const LISTENS = 'test/infra/privileges.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/build-setup.ts', 'test/engine-setup.ts', 'test/workflows/host-setup.ts'],
    // Many tests wait for a process to start or to be killed; a third worker uses two processors meanwhile.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...shared,
          name: 'together',
          include: together,
          exclude: [...configDefaults.exclude, LISTENS],
          isolate: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'apart',
          include: ['test/!(infra|functions|lib|model)/**/*.test.ts', LISTENS],
          // An example is a package of its own, which has ours installed.
          alias: { 'taskport/events': join(import.meta.dirname, 'events/index.ts') },
        },
      },
    ],
  },
});
