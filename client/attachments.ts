import type * as z from 'zod/mini';
import { platform } from '#platform';
import type { attachmentClaim, saveRequest } from '../lib/composition/save-request.ts';
import type { AttachmentJson, settled } from '../lib/element/attachment-schema.ts';
import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { Frozen, Shown } from '../lib/shown.ts';
import type { Data, DataSource } from './data-source.ts';
import { elementPath } from './element-path.ts';
import type { CallOptions, Http } from './http.ts';
import { ProblemError } from './problem-error.ts';
import { sleep } from './sleep.ts';
import { sendData, type UploadOptions } from './upload.ts';

export type { AttachmentJson };

/** How an attachment ended. */
export type SettledJson = Shown<typeof settled>;

/** A volume that an executor has for writing: both by their IDs. */
export interface VolumeOfExecutor {
  readonly executorId: string;
  readonly volumeId: string;
}

/** Which attachment an engine speaks of. */
export interface NamedAttachment extends VolumeOfExecutor {
  readonly attachment: string;
  readonly round: number;
  readonly engine: string;
}

/** What was written could not be saved: it is awaited still, and why. */
export class UnsavedError extends Error {
  override readonly name = 'UnsavedError';
  readonly attachment: AttachmentJson;

  constructor(attachment: AttachmentJson) {
    const { code, detail } = attachment.problem ?? { code: 'unknown', detail: 'nothing is said of why' };
    super(`${code}: ${detail}`);
    this.attachment = attachment;
  }
}

/** How often it is asked whether what was sent is verified: at first, and at last. */
const LOOK_MS = 100;
const MAX_LOOK_MS = 3_000;

const pathOf = ({ executorId, volumeId }: VolumeOfExecutor): string =>
  `${elementPath(executorId)}/volumes/${elementPath(volumeId).split('/').slice(3).join('/')}`;

/** Volumes that executors have for writing, for who runs their tasks. */
export class Attachments {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Throws `ProblemError` `not-attached` where the executor does not have the volume. */
  read(volume: VolumeOfExecutor, cursor?: string, options: CallOptions = {}): Promise<AttachmentJson> {
    const path = `${pathOf(volume)}/attachment`;
    return this.#http.json({ method: 'GET', path, query: { cursor }, ...options });
  }

  /** Names the engine on which tasks write; another one is refused until all is saved. */
  claim(
    volume: VolumeOfExecutor,
    body: Frozen<z.input<typeof attachmentClaim>>,
    options: CallOptions = {},
  ): Promise<AttachmentJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(volume)}/attachment`, body, ...options });
  }

  /** Says what became of what was written: that nothing was, how large it is, or why it cannot be saved now. */
  save(
    { attachment, round, engine, ...volume }: NamedAttachment,
    said: Omit<Frozen<z.input<typeof saveRequest>>, 'attachment' | 'round' | 'engine'>,
    options: CallOptions = {},
  ): Promise<AttachmentJson | SettledJson> {
    const body = { attachment, round, engine, ...said };
    return this.#http.json({ method: 'POST', path: `${pathOf(volume)}/saves`, body, ...options });
  }

  /** Says that all was sent; repeated, it answers what has become of it. */
  complete(
    { attachment, round, engine: _, ...volume }: NamedAttachment,
    parts?: readonly UploadedPart[],
    options: CallOptions = {},
  ): Promise<AttachmentJson | SettledJson> {
    const body = { attachment, round, ...(parts === undefined ? {} : { parts }) };
    return this.#http.json({ method: 'POST', path: `${pathOf(volume)}/saves/complete`, body, ...options });
  }

  /** Sends what was written, and settles once it is the data of the volume. Throws `ProblemError`, `UnsavedError`. */
  async send(
    volume: NamedAttachment,
    data: Data,
    checksum: string,
    options: UploadOptions = {},
  ): Promise<SettledJson> {
    const { signal } = options;
    const source = await platform.openData(data, signal);
    try {
      return await this.#send(volume, source, checksum, options);
    } finally {
      await source.close();
    }
  }

  async #send(
    volume: NamedAttachment,
    source: DataSource,
    checksum: string,
    options: UploadOptions,
  ): Promise<SettledJson> {
    const { signal, onProgress } = options;
    const { size } = source;
    const begun = await this.save(volume, { size, checksum }, { signal });
    const readUpload = async (cursor?: string) => {
      const read = await this.read(volume, cursor, { signal });
      if (read.upload) return read.upload;
      throw new UnsavedError(read);
    };
    let parts: UploadedPart[] = [];
    if ('upload' in begun && begun.upload) parts = await sendData(readUpload, source, begun.upload, options);
    let is = await this.complete(volume, parts.length === 0 ? undefined : parts, { signal });
    for (let wait = LOOK_MS; !('outcome' in is); wait = Math.min(MAX_LOOK_MS, wait * 1.2)) {
      if (is.state !== 'verifying') throw new UnsavedError(is);
      onProgress?.({ phase: 'verifying', done: size, size });
      await sleep(wait, signal);
      is = await this.#look(volume, signal);
    }
    return is;
  }

  /** What has become of it, without asking for anything. */
  async #look(
    volume: NamedAttachment,
    signal: AbortSignal | undefined,
  ): Promise<AttachmentJson | SettledJson> {
    try {
      return await this.read(volume, undefined, { signal });
    } catch (error) {
      const settled = settledBy(error);
      if (settled?.attachment === volume.attachment) return settled;
      throw error;
    }
  }
}

/** How an attachment ended, as a refusal says it; undefined where it says nothing of that. */
export const settledBy = (error: unknown): SettledJson | undefined =>
  error instanceof ProblemError && error.code === 'not-attached'
    ? (error.problem.settled as SettledJson | undefined)
    : undefined;
