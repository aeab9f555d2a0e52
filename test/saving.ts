/** A runner's steps to save volumes that the tasks of an executor write to: it claims them, reports the writes, and sends them. */
import { expect } from 'vitest';
import { Composer } from './composing.ts';
import { digest, pathOf } from './functions/api/support.ts';
import type { Storehouse } from './storehouse.ts';
import type { Answer } from './taskport.ts';
import { sendAll } from './uploading.ts';

/** The path of an executor's volume. */
export const writtenPath = (executorId: string, volumeId: string): string =>
  `${pathOf(executorId)}${pathOf(volumeId).replace('/v1/elements/volume/', '/volumes/')}`;

/** An executor with a volume, whose tasks run on an engine. */
export class Writer {
  readonly composer: Composer;
  readonly engine: string;
  readonly #storehouse: Storehouse;

  constructor(storehouse: Storehouse, executorId: string, engine = 'engine-1') {
    this.#storehouse = storehouse;
    this.engine = engine;
    this.composer = new Composer(
      (path, body, headers) => storehouse.call('POST', path, body, headers),
      executorId,
    );
  }

  /** Joins a volume for writing and binds it. */
  async attach(volumeId: string, mount: object = {}): Promise<this> {
    await this.composer.open();
    await this.composer.mount(volumeId, '/data', mount);
    await this.composer.bind(volumeId);
    return this;
  }

  /** The attachment in the form for runners. */
  read(volumeId: string): Promise<Answer> {
    return this.#storehouse.call('GET', `${this.#path(volumeId)}/attachment`);
  }

  /** Reports that its engine is about to start a writing task. */
  async claim(volumeId: string, said: object = {}): Promise<Answer> {
    const { body } = await this.read(volumeId);
    const claim = { attachment: body.attachment ?? 'none', engine: this.engine, ...said };
    return this.#storehouse.call('POST', `${this.#path(volumeId)}/attachment`, claim);
  }

  /** Simulates a write: afterwards the volume is unbound, and not saved yet. */
  async write(volumeId: string, mount: object = {}): Promise<this> {
    await this.attach(volumeId, mount);
    expect((await this.claim(volumeId)).status).toBe(200);
    await this.composer.unbind(volumeId);
    return this;
  }

  /** Reports the writes, by default for the present attachment. */
  async save(volumeId: string, said: object): Promise<Answer> {
    const { attachment, round } = (await this.read(volumeId)).body;
    const body = { attachment, round, engine: this.engine, ...said };
    return this.#storehouse.call('POST', `${this.#path(volumeId)}/saves`, body);
  }

  async complete(volumeId: string, said: object = {}): Promise<Answer> {
    const { attachment, round } = (await this.read(volumeId)).body;
    return this.#storehouse.call('POST', `${this.#path(volumeId)}/saves/complete`, {
      attachment,
      round,
      ...said,
    });
  }

  /** Announces these bytes as the content of the volume. */
  begin(volumeId: string, bytes: Uint8Array, said: object = {}): Promise<Answer> {
    return this.save(volumeId, { size: bytes.length, checksum: digest('sha256', bytes), ...said });
  }

  /** Sends the writes, up to their verification. */
  async send(volumeId: string, bytes: Uint8Array, said: object = {}): Promise<Answer> {
    const begun = await this.begin(volumeId, bytes, said);
    expect(begun).toMatchObject({ status: 201 });
    await sendAll(begun.body.upload.requests, bytes);
    const completed = await this.complete(volumeId);
    expect(completed).toMatchObject({ status: 202, body: { state: 'verifying' } });
    return completed;
  }

  #path(volumeId: string): string {
    return writtenPath(this.composer.executorId, volumeId);
  }
}
