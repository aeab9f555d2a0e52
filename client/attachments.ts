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

/** The executors that have volumes for writing, and how their writes are saved. */
export class Attachments {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Who has a volume, and how far it is saved. Throws `ProblemError` (`not-found`) where nobody has it. */
  of(volumeId: string, options: CallOptions = {}): Promise<AttachmentJson> {
    return this.#http.json({ method: 'GET', path: `${elementPath(volumeId)}/attachment`, ...options });
  }

  /** Gives up what was written and is not saved yet. */
  async release(volumeId: string, options: CallOptions = {}): Promise<void> {
    await this.#http.send({ method: 'DELETE', path: `${elementPath(volumeId)}/attachment`, ...options });
  }

  /** For runners: the attachment, with a page of the signed requests while bytes are awaited. */
  read(written: WrittenBy, cursor?: string, options: CallOptions = {}): Promise<AttachmentJson> {
    return this.#http.json({
      method: 'GET',
      path: `${pathOf(written)}/attachment`,
      query: { cursor },
      ...options,
    });
  }

  /** For runners: says that an engine is about to start a task that writes. */
  claim(
    written: WrittenBy,
    body: Shown<typeof attachmentClaim>,
    options: CallOptions = {},
  ): Promise<AttachmentJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(written)}/attachment`, body, ...options });
  }

  /** For runners: says what was written, of a volume that is unbound. */
  save(
    written: WrittenBy,
    body: Shown<typeof saveRequest>,
    options: CallOptions = {},
  ): Promise<AttachmentJson | SettledJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(written)}/saves`, body, ...options });
  }

  /** For runners: has what was sent read, and made the data of the volume. */
  complete(
    written: WrittenBy,
    body: Shown<typeof saveCompletion>,
    options: CallOptions = {},
  ): Promise<AttachmentJson | SettledJson> {
    return this.#http.json({ method: 'POST', path: `${pathOf(written)}/saves/complete`, body, ...options });
  }
}
