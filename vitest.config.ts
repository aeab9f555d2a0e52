import { configDefaults, defineConfig } from 'vitest/config';

/** Set-up, workers and reports are of the whole run; this is of each of its projects. */
const shared = {
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  testTimeout: 60_000,
  hookTimeout: 60_000,
};
const TEMPLATES = 'test/infra/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/build-setup.ts', 'test/engine-setup.ts', 'test/workflows/host-setup.ts'],
    // Many tests wait for a process to start or to be killed; a third worker uses two processors meanwhile.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...shared,
          name: 'service',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, TEMPLATES],
        },
      },
      // They read what is synthesized, and share it: the CDK takes seconds to load.
      { test: { ...shared, name: 'templates', include: [TEMPLATES], isolate: false } },
    ],
  },
});
