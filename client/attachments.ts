import type { attachmentClaim, saveCompletion, saveRequest } from '../lib/composition/save-request.ts';
import type { AttachmentJson, SettledJson } from '../lib/element/attachment-schema.ts';
import type { Shown } from '../lib/shown.ts';
import { elementPath, volumePath } from './element-path.ts';
import type { CallOptions, Http } from './http.ts';

/** A volume that an executor writes to. */
export interface WrittenBy {
  readonly executorId: string;
  readonly volumeId: string;
}

const pathOf = ({ executorId, volumeId }: WrittenBy): string => volumePath(executorId, volumeId);

/** The attachments of volumes to executors that write, and their saves. */
export class Attachments {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The attachment of a volume, with the progress of its save. Throws `ProblemError` (`not-found`) if no executor has the volume for writing. */
  of(volumeId: string, options: CallOptions = {}): Promise<AttachmentJson> {
    return this.#http.json({ method: 'GET', path: `${elementPath(volumeId)}/attachment`, ...options });
  }

  /** Discards writes that are not saved yet. */
  async release(volumeId: string, options: CallOptions = {}): Promise<void> {
    await this.#http.send({ method: 'DELETE', path: `${elementPath(volumeId)}/attachment`, ...options });
  }

  /** For runners: the attachment, with a page of the signed requests while the service awaits bytes. */
  read(written: WrittenBy, cursor?: string, options: CallOptions = {}): Promise<AttachmentJson> {
    return this.#http.json({
      method: 'GET',
      path: `${pathOf(written)}/attachment`,
      query: { cursor },
      ...options,
    });
  }

  /** For runners: reports that an engine is about to start a task that writes. */
  claim(
    written: WrittenBy,
    body: Shown<typeof attachmentClaim>,
    options: CallOptions = {},
  ): Promise<AttachmentJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(written)}/attachment`, body, ...options });
  }

  /** For runners: reports the writes to an unbound volume. */
  save(
    written: WrittenBy,
    body: Shown<typeof saveRequest>,
    options: CallOptions = {},
  ): Promise<AttachmentJson | SettledJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(written)}/saves`, body, ...options });
  }

  /** For runners: makes the service verify the sent bytes, which then become the data of the volume. */
  complete(
    written: WrittenBy,
    body: Shown<typeof saveCompletion>,
    options: CallOptions = {},
  ): Promise<AttachmentJson | SettledJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(written)}/saves/complete`, body, ...options });
  }
}
