import { defined } from '../../defined.ts';
import type { ElementRecord } from '../../element/element.ts';
import type { DiscardedBlob } from '../../element/element-store.ts';
import { discardedUpload } from '../../element/upload/upload.ts';
import type { Clause } from './engine/clause.ts';
import type { Item, Write } from './engine/expression.ts';
import { unavailable } from './engine/failure.ts';
import { blobKey, due } from './keys.ts';

/** The row of bytes that are about to be written: they go at `dueAt`, unless an element comes to own them. */
export const stagedRow = (blob: string, dueAt: string): Item => {
  const key = blobKey(blob);
  return { ...key, ...due(key, dueAt), row: 'blob', state: 'staged' };
};

/** Takes a blob out of the staging area, since an element points to it now. Its row stays as long as its bytes. */
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
  // It took longer than staged data is kept.
  problem: () => unavailable(),
});

/** Leaves bytes to the sweeper: at once or from a time on, and once more when the last URL to write them is dead. */
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

/** All bytes that are an element's: its data, the documents of what was pushed, and what is on its way to become that. */
export const blobsOf = ({ blob, writableUntil: until, upload, oci }: ElementRecord): DiscardedBlob[] => [
  ...(oci ? [{ key: oci.blob }] : []),
  ...(blob === undefined ? [] : [defined({ key: blob, until })]),
  ...(upload === undefined ? [] : [discardedUpload(upload)]),
];
