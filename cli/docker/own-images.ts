import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { type Entry, ofBytes, writeInOrder } from '../pull/image-archive.ts';
import { END, padding, tarHeader } from '../push/tar-header.ts';
import { except } from './api-error.ts';
import { followed } from './follow-progress.ts';
import { type Architecture, pauseProgram } from './pause.ts';
import type { Persist } from './persist.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface OwnImage {
  readonly reference: string;
  readonly layer: Buffer;
  readonly config: Buffer;
}

/** An image of one layer, named by its contents. */
const imageOf = (name: string, architecture: Architecture, layer: Buffer, config: object): OwnImage => {
  const diffId = `sha256:${sha256(layer)}`;
  const document = {
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return { reference: `localhost/taskport-${name}:${sha256(bytes).slice(0, 12)}`, layer, config: bytes };
};

/** The image of the container that holds namespaces: only a program that waits. */
const groupImage = (architecture: Architecture): OwnImage => {
  const program = pauseProgram(architecture);
  const root = { uid: 0, gid: 0, modified: 0n, mode: 0o555 };
  const header = tarHeader({ type: 'file', name: Buffer.from('pause'), size: program.length, ...root });
  const layer = Buffer.concat([header, program, padding(program.length), END]);
  return imageOf('group', architecture, layer, { Entrypoint: ['/pause'] });
};

/** The image of an empty root. */
const emptyImage = (architecture: Architecture): OwnImage => imageOf('empty', architecture, END, {});

/** The archive, in the format of `docker save`. */
const archiveOf = async ({ reference, layer, config }: OwnImage): Promise<Buffer> => {
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }];
  const entries: Entry[] = [
    ofBytes('layer.tar', layer),
    ofBytes('config.json', config),
    ofBytes('manifest.json', Buffer.from(JSON.stringify(manifest))),
  ];
  const chunks: Uint8Array[] = [];
  await writeInOrder(entries, async (bytes) => void chunks.push(bytes), new AbortController().signal);
  return Buffer.concat(chunks);
};

/** Images that a runner builds itself, so that no registry needs them. */
export class OwnImages {
  readonly #docker: Dockerode;
  readonly #persist: Persist;
  readonly #images: Readonly<Record<'group' | 'empty', OwnImage>>;

  constructor(docker: Dockerode, architecture: Architecture, persist: Persist = (call) => call()) {
    this.#docker = docker;
    this.#persist = persist;
    this.#images = { group: groupImage(architecture), empty: emptyImage(architecture) };
  }

  /** Loads the image if the engine lacks it, and answers its name there. */
  async get(name: 'group' | 'empty'): Promise<string> {
    const image = this.#images[name];
    await this.#persist(async () => {
      const found = await this.#docker.getImage(image.reference).inspect().catch(except(404));
      if (found) return;
      const archive = Readable.from([await archiveOf(image)]);
      await followed(this.#docker, await this.#docker.loadImage(archive as never, { quiet: true }));
    });
    return image.reference;
  }
}
