/** The documents made from an image that was not pushed. Users write its digest down, so these bytes must never change. */
import { describe, expect, it } from 'vitest';
import type { ElementRecord } from '../../../../lib/element/element.ts';
import { type Layer, layerMediaTypes } from '../../../../lib/element/layer.ts';
import { synthesize, withManifest } from '../../../../lib/element/registry/synthesized.ts';
import { aLocation, anElement, text } from '../../../contracts/records.ts';

const layerOf = (digit: string, compression: keyof typeof layerMediaTypes, size: number): Layer => ({
  digest: `sha256:${digit.repeat(64)}`,
  diffId: `sha256:${(compression === 'none' ? digit : `${digit}e`).repeat(compression === 'none' ? 64 : 32)}`,
  mediaType: layerMediaTypes[compression],
  size,
});

const PARENT = 'image://images/base';
const record = (more: Partial<ElementRecord> = {}): ElementRecord =>
  anElement(aLocation(), 'app', {
    ancestors: [PARENT],
    below: [layerOf('1', 'none', 2048), layerOf('2', 'gzip', 300)],
    layer: layerOf('3', 'zstd', 40),
    blob: 'blob',
    ...more,
  });

const spec = {
  process: {
    entrypoint: ['/bin/sh', '-c'],
    args: ['echo "ä"'],
    env: [
      { name: 'PATH', value: '/bin' },
      { name: 'A', value: '' },
    ],
    cwd: '/srv',
    user: { uid: 1000, gid: 0 },
  },
  stop: { signal: 'TERM' },
  healthCheck: { command: ['/bin/true'], intervalSeconds: 5 },
  labels: { b: '2', a: '1' },
  ports: [{ port: 80, protocol: 'tcp' }],
  volumes: ['/data'],
};

const one = (digit: string): string => `"sha256:${digit.repeat(64 / digit.length)}"`;
const DIFF_IDS = `"rootfs":{"type":"layers","diff_ids":[${one('1')},${one('2e')},${one('3e')}]}`;
const CONFIG = `{"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux",${DIFF_IDS}}`;
const CONFIG_DIGEST = 'sha256:c6ca3d04ece0cda2889a9d1624e79481e357ba3dbda74e05dfcb55209d5cb2d7';
const MANIFEST = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${CONFIG_DIGEST}","size":${CONFIG.length}},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":${one('1')},"size":2048},{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":${one('2')},"size":300},{"mediaType":"application/vnd.oci.image.layer.v1.tar+zstd","digest":${one('3')},"size":40}]}`;
const DIGEST = 'sha256:a385ad9416622849700900f282d0105aa5fa0eb55ce1ad6543ec2148e07789ea';

describe('the documents of an image of plain archives', () => {
  it('are these bytes', () => {
    const made = synthesize(record());
    expect(made?.config.bytes.toString()).toBe(CONFIG);
    expect(made?.config.digest).toBe(CONFIG_DIGEST);
    expect(made?.manifest.bytes.toString()).toBe(MANIFEST);
    expect(made?.manifest.digest).toBe(DIGEST);
  });

  it('contain its specification, and its platform', () => {
    const ro = text({ architecture: 'arm64', os: 'debian' });
    const made = synthesize(record({ spec, ro }));
    expect(made?.config.bytes.toString()).toBe(
      `{"created":"1970-01-01T00:00:00Z","architecture":"arm64","os":"linux","config":{"User":"1000:0","ExposedPorts":{"80/tcp":{}},"Env":["PATH=/bin","A="],"Entrypoint":["/bin/sh","-c"],"Cmd":["echo \\"ä\\""],"Volumes":{"/data":{}},"WorkingDir":"/srv","Labels":{"b":"2","a":"1"},"StopSignal":"SIGTERM","Healthcheck":{"Test":["CMD","/bin/true"],"Interval":5000000000}},${DIFF_IDS}}`,
    );
    expect(made?.manifest.digest).toBe(
      'sha256:d0b54fa069f8b307ed4a87bdc1c002fac68d107bc77978d54db41ade78534ac5',
    );
  });

  it.each(['vax', 'AMD64', '__proto__', ''])(
    'are for amd64 if the platform is unknown: %j',
    (architecture) => {
      expect(synthesize(record({ ro: text({ architecture }) }))?.manifest.digest).toBe(DIGEST);
    },
  );

  it('do not depend on its name, its times, or anything changeable', () => {
    const other = record();
    const changed: ElementRecord = {
      ...other,
      attributes: { ...other.attributes, createdAt: '2020-01-01T00:00:00.000Z', freeSpace: 7, revision: 9 },
      rw: text({ architecture: 'arm64' }),
    };
    expect(synthesize(changed)?.manifest.digest).toBe(DIGEST);
  });

  it('exist once it is ready, if all its layers are known', () => {
    const { layer: _, ...unread } = record();
    const { below: __, ...unknown } = record();
    expect(synthesize(unread)).toBeUndefined();
    expect(synthesize(unknown)).toBeUndefined();
    expect(synthesize(anElement(aLocation(), 'bare'))).toBeUndefined();
    const pending = record({ attributes: { ...record().attributes, state: 'pending' } });
    expect(withManifest(pending)).toBe(pending);
    expect(withManifest(record())).toMatchObject({
      attributes: { digest: DIGEST },
      made: { size: MANIFEST.length, config: { digest: CONFIG_DIGEST, size: CONFIG.length } },
    });
  });
});
