import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { filesBelow } from './test/files-below.ts';
import { PATIENCE } from './test/patience.ts';

const source = (entry: string) => fileURLToPath(new URL(`./${entry}/index.ts`, import.meta.url));
const shared = {
  // Like `paths` in tsconfig.json: examples import the package, and tests load its sources.
  alias: { 'taskport/client': source('client'), 'taskport/events': source('events') },
  env: {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    // DynamoDB Local collects garbage in one thread, because two processors serve everything.
    JAVA_TOOL_OPTIONS: '-XX:+UseSerialGC -Xmn256m',
    // The compiler and the bundler are written in Go; this makes them collect garbage a quarter as often.
    GOGC: '400',
  },
  // Most objects of tests are short-lived; with a larger young generation, the collector copies a tenth of them.
  execArgv: ['--max-semi-space-size=64'],
  // No test is slow, but a machine may be busy: only a hanging test reaches this limit (`test/patience.ts`).
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: PATIENCE },
};
const BUILD = 'test/build-setup.ts';
const ENGINES = 'test/engine-setup.ts';
const DOCKER = 'test/docker/setup.ts';
const CLOUD = 'test/cloud/setup.ts';
const FILE = 'test/file-setup.ts';
const HOST = 'test/workflows/host-setup.ts';
/** It observes every request of its process, so it shares the process with no other file. */
const LISTENS = 'test/infra/privileges.test.ts';

const below = (...directories: string[]): string[] =>
  directories.map((directory) => `test/${directory}/**/*.test.ts`);
/** Their module mocks must not affect other files. */
const mocking = filesBelow('test').filter(
  (path) => path.endsWith('.test.ts') && readFileSync(path, 'utf8').includes('vi.mock('),
);
const unit = [...below('lib', 'bench', 'execution'), 'test/**/unit/*.test.ts'];

/** A project starts the engines of its tests, and only if one of its files is in the run. */
const project = (
  name: string,
  include: string[],
  {
    setup = [],
    together = false,
    computes = false,
  }: { setup?: string[]; together?: boolean; computes?: boolean } = {},
) => ({
  test: {
    ...shared,
    name,
    include,
    exclude: [
      ...configDefaults.exclude,
      ...(name === 'unit' ? [] : unit),
      ...(together ? [LISTENS, ...mocking] : []),
    ],
    globalSetup: setup,
    setupFiles: setup.includes(ENGINES) ? [FILE] : [],
    // These tests leave no state in modules, and share them in a worker: loading the SDK and the CDK is half of their time.
    isolate: !together,
    // Tests that only compute gain nothing from more workers than processors: each worker loads their modules again.
    ...(computes && { maxWorkers: availableParallelism() }),
    sequence: { groupOrder: computes ? 0 : 1 },
  },
});

export default defineConfig({
  test: {
    // Many tests wait for a process to start or to be killed, so five workers use two processors.
    maxWorkers: Math.max(5, availableParallelism()),
    teardownTimeout: PATIENCE.timeout,
    // Projects and runs share what one of them has transformed.
    experimental: { fsModuleCache: true },
    projects: [
      project('unit', unit, { together: true, computes: true }),
      project('model', below('model', 'limits', 'promises', 'relay', 'release'), {
        together: true,
        computes: true,
      }),
      project('infra', below('infra'), { setup: [BUILD], together: true, computes: true }),
      project('service', below('functions'), { setup: [ENGINES], together: true }),
      project(
        'engines',
        [
          ...below('client', 'contracts', 'engines', 'faults', 'openapi', 'registry', 'soak', 'upgrade'),
          LISTENS,
        ],
        { setup: [ENGINES] },
      ),
      project('cloud', below('cloud'), { setup: [BUILD, CLOUD] }),
      project('docker', below('docker', 'fargate'), { setup: [ENGINES, DOCKER] }),
      project(
        'product',
        below('cli', 'console', 'docs', 'examples', 'host', 'package', 'runc', 'smoke', 'two-machines'),
        {
          setup: [BUILD, ENGINES, DOCKER],
        },
      ),
      project('workflows', below('workflows'), { setup: [BUILD, ENGINES, DOCKER, HOST], together: true }),
    ],
  },
});
