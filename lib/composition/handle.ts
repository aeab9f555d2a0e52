import { createHash } from 'node:crypto';
import { checkId, parseId } from '../element/id.ts';
import { TaskportError } from '../errors.ts';

/** What a handle names: one revision of one executor's composition. */
export interface Handle {
  readonly executorId: string;
  readonly nonce: string;
}

/**
 * Tells a whole handle of this deployment from any other text. Not a signature: what a forger could make this way
 * names a nonce that nobody ever had, and every write checks the nonce.
 */
const seal = (deployment: string, { executorId, nonce }: Handle): string =>
  createHash('sha256')
    .update(JSON.stringify([deployment, executorId, nonce]))
    .digest('base64url')
    .slice(0, 8);

/** A handle as callers pass it around; they see no meaning in it. */
export const formatHandle = (deployment: string, handle: Handle): string => {
  const { location, name } = parseId(handle.executorId, 'executorId');
  const parts = [location, name, handle.nonce, seal(deployment, handle)];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
};

/** What a handle names. Throws `invalid-handle` for what this deployment never answered. */
export const parseHandle = (deployment: string, text: string): Handle => {
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    const [location, name, nonce] = parts.map(String) as [string, string, string];
    checkId('executor', location, name, 'handle');
    const handle = { executorId: `executor://${location}/${name}`, nonce };
    // Its seal is part of the text, and so is that it was written in this way and in no other.
    if (formatHandle(deployment, handle) === text) return handle;
  } catch {
    // Not ours: answered below like any other foreign handle.
  }
  throw new TaskportError(
    'invalid-handle',
    'this is no handle of this deployment: ask for one by POST /v1/compositions',
  );
};

/** The composition has gone on since the handle was answered, or its executor is no more. */
export const staleHandle = (): TaskportError =>
  new TaskportError(
    'stale-handle',
    'the composition has changed since this handle was answered: ask for its present handle by POST /v1/compositions',
  );
