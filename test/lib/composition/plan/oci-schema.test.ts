/**
 * Plans conform to the JSON Schemas of the OCI runtime specification. Debian has them in the package golang-github-opencontainers-specs-dev;
 * `OCI_RUNTIME_SCHEMA` names those of another release.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import { titled } from '../../../bundle.ts';
import { planOf, renderOci } from './rendered.ts';
import { efsVolume, inputOf, MAIN, MIB, ownRoot, readOnly, storage, task } from './some-input.ts';

const directory =
  process.env.OCI_RUNTIME_SCHEMA ?? '/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema';
const without = existsSync(join(directory, 'config-schema.json')) ? undefined : 'no schemas are installed';

const BASE = 'https://opencontainers.org/schema/';

type Tree = { [key: string]: unknown };

/** The schema in the form of later drafts, and closed, so that an unknown member is an error. */
const modern = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(modern);
  if (typeof value !== 'object' || value === null) return value;
  const { $schema: _, id, ...rest } = value as Tree;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, modern(one)])) as Tree;
  if (id !== undefined && typeof id !== 'string') schema.id = modern(id);
  const isClosed = typeof schema.properties === 'object' && schema.type === 'object';
  return isClosed ? { additionalProperties: false, ...schema } : schema;
};

const validator = () => {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { int64: true, uint32: true } });
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
    const schema = modern(JSON.parse(readFileSync(join(directory, file), 'utf8'))) as Tree;
    ajv.addSchema({ ...schema, $id: BASE + file });
  }
  const validate = ajv.getSchema(`${BASE}config-schema.json`);
  if (validate === undefined) throw new Error(`${directory} has no schema of config.json`);
  return { ajv, validate };
};

const everything: PlanInput = inputOf({
  executor: {
    id: 'executor://boxes/box-1',
    spec: { hostname: 'box', shmSize: 2 ** 20, network: { mode: 'host' }, resources: { pids: 100 } },
  },
  storage: [
    readOnly(ownRoot),
    efsVolume('data', '/mnt/data'),
    readOnly(storage('volume://v/inner', '/mnt/data/inner', [])),
  ],
  tasks: [
    task(MAIN, {
      process: {
        args: ['/bin/tool', '--now'],
        cwd: '/srv',
        env: [{ name: 'A', value: 'b=c' }],
        user: { uid: 1000, gid: 1000, umask: 0o027, additionalGids: [10, 20] },
        terminal: true,
        capabilities: { add: ['ALL'], drop: ['CAP_SYS_ADMIN'] },
        noNewPrivileges: true,
        rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: Number.MAX_SAFE_INTEGER }],
      },
      resources: {
        memory: { limit: 64 * MIB, reservation: 32 * MIB },
        cpu: { shares: 512, quota: 50_000, period: 100_000 },
        pids: 50,
      },
      tmpfs: [{ path: '/tmp', size: 4096, mode: 0o700 }],
      annotations: { owner: 'somebody' },
    }),
    task('task://jobs/side', { process: { args: ['/bin/side'] }, resources: { pids: 50 } }),
  ],
});

describe.skipIf(without !== undefined)(
  titled('the schemas of the OCI runtime specification', without),
  () => {
    it.each([
      ['with nothing but a command', inputOf()],
      ['with everything that can be said', everything],
    ])('accept a document %s', (_, input) => {
      const { ajv, validate } = validator();
      const { config, processes } = planOf(renderOci(input));
      expect(validate(config), ajv.errorsText(validate.errors)).toBe(true);
      for (const further of processes)
        expect(validate(further.config), ajv.errorsText(validate.errors)).toBe(true);
    });

    it('refuse an unknown member, so they would detect an error here', () => {
      const { validate } = validator();
      const { config } = planOf(renderOci(everything));
      const { linux, process, root } = config;
      for (const wrong of [
        { ...config, root: { ...root, readOnly: true } },
        { ...config, process: { ...process, cwd: undefined } },
        { ...config, process: { ...process, rlimits: [{ type: 'NOFILE', soft: 1, hard: 1 }] } },
        { ...config, linux: { ...linux, resources: { ...linux.resources, pids: 100 } } },
      ])
        expect(validate(JSON.parse(JSON.stringify(wrong)))).toBe(false);
    });
  },
);
