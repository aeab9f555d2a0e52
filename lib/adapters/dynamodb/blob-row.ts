import { defined } from '../../defined.ts';
import type { ElementRecord } from '../../element/element.ts';
import type { DiscardedBlob } from '../../element/element-store.ts';
import { discardedUpload } from '../../element/upload/upload.ts';
import type { Clause } from './engine/clause.ts';
import type { Item, Write } from './engine/expression.ts';
import { unavailable } from './engine/failure.ts';
import { blobKey, due } from './keys.ts';

/**
 * The row of bytes that a caller is about to write. The sweeper removes them at `dueAt`, unless an element owns
 * them before.
 */
export const stagedRow = (blob: string, dueAt: string): Item => {
  const key = blobKey(blob);
  return { ...key, ...due(key, dueAt), row: 'blob', state: 'staged' };
};

/** Takes a blob out of the staging area when an element points to it. The row stays as long as the bytes. */
export const unstage = (blob: string): Clause => ({
  write: {
    update: blobKey(blob),
    set: {
      expression: 'SET #state = :owned REMOVE dueKey, dueAt',
      names: { '#state': 'state' },
      values: { ':owned': 'owned' },
    },
    condition: {
      expression: '#state = :staged',
      names: { '#state': 'state' },
      values: { ':staged': 'staged' },
    },
  },
  // The call took longer than staged data is kept.
  problem: () => unavailable(),
});

/**
 * Leaves bytes to the sweeper: at once or from a given time, and once more after the last URL to write them has
 * expired.
 */
export const doom = ({ key: blob, from, until, multipartId }: DiscardedBlob): Write => {
  const key = blobKey(blob);
  return {
    put: {
      ...key,
      ...due(key, from ?? new Date().toISOString()),
      row: 'blob',
      state: 'doomed',
      ...defined({ until, multipartId }),
    },
  };
};

/** All bytes of an element: its data, the documents that came with a push, and the upload that is under way. */
export const blobsOf = ({ blob, writableUntil: until, upload, oci }: ElementRecord): DiscardedBlob[] => [
  ...(oci ? [{ key: oci.blob }] : []),
  ...(blob === undefined ? [] : [defined({ key: blob, until })]),
  ...(upload === undefined ? [] : [discardedUpload(upload)]),
];
