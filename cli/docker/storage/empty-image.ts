import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Dockerode from 'dockerode';
import { END, padding, tarHeader } from '../../push/tar-header.ts';
import { statusOf } from './engine-call.ts';

/** An image with nothing in it, for containers that never start. */
const EMPTY_IMAGE = 'taskport.local/empty:1';

const file = (name: string, bytes: Buffer): Buffer => {
  const said = { mode: 0o644, uid: 0, gid: 0, modified: 0n };
  const header = tarHeader({ type: 'file', name: Buffer.from(name), size: bytes.length, ...said });
  return Buffer.concat([header, bytes, padding(bytes.length)]);
};

const archive = (): Buffer => {
  const diffId = `sha256:${createHash('sha256').update(END).digest('hex')}`;
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } };
  const manifest = [{ Config: 'config.json', RepoTags: [EMPTY_IMAGE], Layers: ['layer.tar'] }];
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  return Buffer.concat([
    file('config.json', json(config)),
    file('layer.tar', END),
    file('manifest.json', json(manifest)),
    END,
  ]);
};

/** Gives an engine the image, unless it has it, and answers its name. */
export const emptyImage = async (docker: Dockerode): Promise<string> => {
  try {
    await docker.getImage(EMPTY_IMAGE).inspect();
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    await text(await docker.loadImage(Readable.from([archive()])));
  }
  return EMPTY_IMAGE;
};
