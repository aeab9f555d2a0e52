import { platform } from '#platform';
import type { AttachmentJson, SettledJson } from '../lib/element/attachment-schema.ts';
import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { Attachments, WrittenBy } from './attachments.ts';
import type { Data } from './data-source.ts';
import { isCode } from './problem-error.ts';
import { untilSettled } from './until-settled.ts';
import { sendData, type UploadOptions } from './upload.ts';

/** The attachment that an engine refers to. */
export interface NamedAttachment extends WrittenBy {
  readonly attachment: string;
  readonly round: number;
  readonly engine: string;
}

/** The writes could not be saved, for the reason in the cause; the attachment still awaits them. */
class UnsavedError extends Error {
  override readonly name = 'UnsavedError';

  constructor({ problem }: AttachmentJson) {
    super(
      problem
        ? `${problem.code}: ${problem.detail}`
        : 'the service has not verified the data, and gives no reason',
    );
  }
}

/** The end of an attachment in a refusal; undefined for other errors. */
export const settledBy = (error: unknown): SettledJson | undefined =>
  isCode(error, 'not-attached') ? (error.problem.settled as SettledJson | undefined) : undefined;

/** Sends the contents of a volume, and settles once they are the data of the volume. Throws `ProblemError`, `UnsavedError`. */
export const sendWritten = async (
  attachments: Attachments,
  { attachment, round, engine, ...written }: NamedAttachment,
  data: Data,
  checksum: string,
  options: UploadOptions = {},
): Promise<SettledJson> => {
  const { signal, onProgress } = options;
  const named = { attachment, round };
  const look = (): Promise<AttachmentJson | SettledJson> =>
    attachments.read(written, undefined, { signal }).catch((error) => {
      const settled = settledBy(error);
      if (settled?.attachment === attachment) return settled;
      throw error;
    });
  const readUpload = async (cursor?: string) => {
    const read = await attachments.read(written, cursor, { signal });
    if (read.upload) return read.upload;
    throw new UnsavedError(read);
  };
  const source = await platform.openData(data, signal);
  try {
    const { size } = source;
    const begun = await attachments.save(written, { ...named, engine, size, checksum }, { signal });
    let parts: UploadedPart[] = [];
    if ('upload' in begun && begun.upload) parts = await sendData(readUpload, source, begun.upload, options);
    const sent = parts.length === 0 ? named : { ...named, parts };
    let ask = () => attachments.complete(written, sent, { signal });
    return await untilSettled(async () => {
      const is = await ask();
      ask = look;
      if ('outcome' in is) return is;
      if (is.state !== 'verifying') throw new UnsavedError(is);
      onProgress?.({ phase: 'verifying', done: size, size });
      return undefined;
    }, signal);
  } finally {
    await source.close();
  }
};
