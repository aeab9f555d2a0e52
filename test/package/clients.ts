import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Given } from './imports.ts';
import { nodes, packaged } from './packages.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/openapi.json');
/** The latest available Node, which the generators require. */
const NODE = [...nodes().values()].at(-1) ?? process.execPath;
const GENERATORS = {
  'openapi-typescript': `
    import { writeFileSync } from 'node:fs';
    import openapi, { astToString } from 'openapi-typescript';
    writeFileSync('generated.ts', astToString(await openapi(new URL('file://${DOCUMENT}'))));`,
  'hey-api': `
    import { createClient } from '@hey-api/openapi-ts';
    const plugins = ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'];
    await createClient({ input: '${DOCUMENT}', output: 'generated', plugins, logs: { level: 'silent' } });`,
  orval: `
    import { generate } from 'orval';
    const output = { target: 'generated.ts', client: 'fetch', mode: 'single', baseUrl: process.env.TASKPORT_URL };
    await generate({ input: { target: '${DOCUMENT}' }, output });`,
};

/** Clients generated from the API document. */
export const describeClients = (given: Given): void => {
  describe('the API document', () => {
    it('passes redocly', async () => {
      const { project } = given();
      const lint = [packaged('@redocly/cli/bin/cli.js'), 'lint', '--format=json', DOCUMENT];
      const { problems } = JSON.parse(await project.run(NODE, lint, { REDOCLY_TELEMETRY: 'off' }));
      expect(problems).toEqual([]);
    });

    it('passes spectral', async () => {
      const { project } = given();
      project.write('spectral.yaml', 'extends: ["spectral:oas"]\n');
      const lint = [packaged('@stoplight/spectral-cli/dist/index.js'), 'lint', '--ruleset', 'spectral.yaml'];
      // Any finding makes it fail.
      await project.run(NODE, [...lint, '--fail-severity=hint', DOCUMENT]);
    });

    it.each(Object.entries(GENERATORS))(
      'generates a client that creates, uploads, composes and reads: %s',
      async (name, generator) => {
        const { project: empty, url } = given();
        const project = empty.copiedTo(empty.path(`../${name}-${process.pid}`));
        try {
          project.link('openapi-fetch', 'openapi-typescript', '@hey-api', 'orval', '@types');
          project.write('package.json', { type: 'module' });
          project.write('generate.mjs', generator);
          project.copy(`test/package/programs/${name}.ts`, 'program.ts');
          const env = { TASKPORT_URL: url };
          await project.run(NODE, ['generate.mjs'], env);
          const how = [
            '--module',
            'esnext',
            '--moduleResolution',
            'bundler',
            '--types',
            'node',
            '--skipLibCheck',
          ];
          const checked = [
            '--ignoreConfig',
            '--strict',
            '--noEmit',
            '--target',
            'es2023',
            ...how,
            'program.ts',
          ];
          await project.run(process.execPath, [packaged('typescript-7/bin/tsc'), ...checked]);
          const said = await project.run(process.execPath, [packaged('tsx/dist/cli.mjs'), 'program.ts'], env);
          expect(JSON.parse(said)).toEqual({
            made: 'image',
            received: 1024,
            mounted: ['/'],
            target: 'oci',
            refused: 'name-collision',
          });
        } finally {
          project.remove();
        }
      },
    );
  });
};
