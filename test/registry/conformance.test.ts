/** The conformance suite of the OCI distribution specification, for existing content. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../infra/local/host.ts';
import { titled } from '../bundle.ts';
import { makeLocations } from '../functions/api/support.ts';
import { startHost } from '../host-bundle.ts';
import {
  descriptorOf,
  digestOf,
  INDEX_TYPE,
  imageOf,
  jsonBytes,
  MANIFEST_TYPE,
  pushable,
  someLayer,
} from '../oci.ts';
import { callsOf, pushTo } from './layout.ts';
import { output } from './tools.ts';

const SUITE = 'github.com/opencontainers/distribution-spec/conformance';
/** The minimum version of Go for its module. */
const [MAJOR, MINOR] = [1, 24];

const goes = (): string | undefined => {
  const { stdout, status } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  if (status !== 0) return 'go is not installed';
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const isNew = Number(major) > MAJOR || (Number(major) === MAJOR && Number(minor) >= MINOR);
  return isNew ? undefined : `${stdout.trim()} is older than ${MAJOR}.${MINOR}`;
};
const without = goes();

/** The checks that the page beside this leaves out, with reasons. */
const leftOut = (): string[] =>
  [...readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)]
    .map(([, check]) => check as string)
    .sort();

describe.skipIf(without !== undefined)(titled('the conformance suite', without), () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-conformance-'));
  let host: Host;
  let results: Map<string, string[]>;
  let report: string;

  beforeAll(async () => {
    host = await startHost({ port: 0, onEvent: () => {} });
    const calls = callsOf(host.url);
    const repository = 'images/conformance';
    await makeLocations(calls, { name: 'images', kind: 'image' });
    const image = imageOf([await someLayer()]);
    await pushTo(calls, repository, image, 'one', 'three', 'two');
    const platform = { architecture: 'amd64', os: 'linux' };
    const manifests = [descriptorOf(image.manifest, MANIFEST_TYPE, { platform })];
    const index = pushable(jsonBytes({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
    await pushTo(calls, repository, index, 'index');
    const [empty, signature] = [jsonBytes({}), jsonBytes({ signed: image.digest })];
    const signed = pushable(
      jsonBytes({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        artifactType: 'application/vnd.example.signature',
        config: descriptorOf(empty, 'application/vnd.oci.empty.v1+json'),
        layers: [descriptorOf(signature, 'application/vnd.example.signature.v1+json')],
        subject: descriptorOf(image.manifest, MANIFEST_TYPE),
      }),
      [empty, signature],
    );
    await pushTo(calls, repository, signed);

    const binary = join(directory, 'conformance');
    const module = join(import.meta.dirname, 'conformance');
    await output('go', '-C', module, 'build', '-mod=readonly', '-buildvcs=false', '-o', binary, SUITE);
    // It ends with its results, and without its own content also panics in one of its reports.
    const { stdout } = await promisify(execFile)(binary, {
      cwd: directory,
      env: {
        OCI_REGISTRY: new URL(host.url).host,
        OCI_TLS: 'disabled',
        OCI_VERSION: '1.1',
        OCI_REPO1: repository,
        OCI_REPO2: 'images/other',
        OCI_RESULTS_DIR: directory,
        OCI_API_PUSH: 'false',
        OCI_API_BLOBS_DELETE: 'false',
        OCI_RO_DATA_TAGS: 'one two three index',
        // Deleted in reverse, because the manifests of an index are in use.
        OCI_RO_DATA_MANIFESTS: [image, index, signed].map(({ digest }) => digest).join(' '),
        OCI_RO_DATA_BLOBS: [...image.layers, ...image.blobs, signature].map(digestOf).join(' '),
        OCI_RO_DATA_REFERRERS: image.digest,
      },
    }).catch((error) => error as { readonly stdout: string });
    report = stdout;
    results = new Map();
    for (const [, check = '', result = ''] of stdout.matchAll(/^ *OCI Conformance Test\/(\S.*): (\w+)$/gm))
      results.set(result, [...(results.get(result) ?? []), check]);
  });
  afterAll(async () => {
    await host.stop();
    rmSync(directory, { recursive: true });
  });

  it('finds no violation', () => {
    expect([...results.keys()].sort(), report).toEqual(['Disabled', 'Pass']);
    expect(report).toContain('OCI Conformance Result: Pass');
  });

  it('has tested pulls and content discovery', () => {
    expect(results.get('Pass')).toEqual(
      expect.arrayContaining([
        'ping',
        'read-only/tag-list',
        'read-only/head/manifest-head-by-tag',
        'read-only/head/manifest-head-by-digest',
        'read-only/head/blob-head',
        'read-only/pull/manifest-by-tag',
        'read-only/pull/manifest-by-digest',
        'read-only/pull/blob-get',
        'read-only/referrers',
        'missing-manifest/by-digest',
        'invalid-digest-format/manifest-get',
      ]),
    );
  });

  it('leaves out only the checks in the page beside this, with reasons', () => {
    expect([...new Set(results.get('Disabled'))].sort()).toEqual(leftOut());
  });
});
