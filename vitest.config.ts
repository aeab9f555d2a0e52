import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { PATIENCE } from './test/patience.ts';

const source = (entry: string) => fileURLToPath(new URL(`./${entry}/index.ts`, import.meta.url));
const shared = {
  // As `paths` has it in tsconfig.json: examples import the package, and tests load its sources.
  alias: { 'taskport/client': source('client'), 'taskport/events': source('events') },
  env: {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    // DynamoDB Local collects in one thread of its own where there are two processors for all.
    JAVA_TOOL_OPTIONS: '-XX:+UseSerialGC -Xmn256m',
    // The compiler and the bundler are written in Go, and collect a quarter as often.
    GOGC: '400',
  },
  // What tests make and leave is mostly gone at once: with room for it, the collector copies a tenth of it.
  execArgv: ['--max-semi-space-size=64'],
  // No test is slow, but a machine may be busy: only what hangs comes to this (`test/patience.ts`).
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
/** It listens to every request of the process, and so shares none with other files. */
const LISTENS = 'test/infra/privileges.test.ts';

const below = (...directories: string[]): string[] =>
  directories.map((directory) => `test/${directory}/**/*.test.ts`);
/** They have modules that no other file may meet. */
const mocking = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
  .map((path) => join('test', path))
  .filter((path) => readFileSync(path, 'utf8').includes('vi.mock('));
const unit = [...below('lib', 'bench', 'execution', 'release'), 'test/**/unit/*.test.ts'];

/** A project starts what its tests need, and only where one of its files is in the run. */
const project = (
  name: string,
  include: string[],
  { setup = [], together = false }: { setup?: string[]; together?: boolean } = {},
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
    // These leave no state of a module behind, and load it once a worker: the SDK and the CDK are half of what they take.
    isolate: !together,
  },
});

export default defineConfig({
  test: {
    // Many tests wait for a process to start or to be killed: five workers use two processors.
    maxWorkers: Math.max(5, availableParallelism()),
    teardownTimeout: PATIENCE.timeout,
    projects: [
      project('unit', unit, { together: true }),
      project('model', below('model', 'limits', 'promises'), { together: true }),
      project('infra', below('infra'), { setup: [BUILD], together: true }),
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
