import { createHash } from 'node:crypto';
import { checkId, parseId } from '../element/id.ts';
import { TaskportError } from '../errors.ts';

/** The state that a handle names: one revision of one executor's composition. */
export interface Handle {
  readonly executorId: string;
  readonly nonce: string;
}

/**
 * Detects text that is not a complete handle of this deployment. It is no signature: a forged handle would name
 * a nonce that never existed, and every write checks the nonce.
 */
const seal = (deployment: string, { executorId, nonce }: Handle): string =>
  createHash('sha256')
    .update(JSON.stringify([deployment, executorId, nonce]))
    .digest('base64url')
    .slice(0, 8);

/** A handle as text, which is opaque to callers. */
export const formatHandle = (deployment: string, handle: Handle): string => {
  const { location, name } = parseId(handle.executorId, 'executorId');
  const parts = [location, name, handle.nonce, seal(deployment, handle)];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
};

/** The state that a handle names. Throws `invalid-handle` for text that this deployment never answered. */
export const parseHandle = (deployment: string, text: string): Handle => {
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    const [location, name, nonce] = parts.map(String) as [string, string, string];
    checkId('executor', location, name, 'handle');
    const handle = { executorId: `executor://${location}/${name}`, nonce };
    // The seal is part of the text, and this also checks that the text has its one valid form.
    if (formatHandle(deployment, handle) === text) return handle;
  } catch {
    // A foreign handle: the error below answers it as any other.
  }
  throw new TaskportError(
    'invalid-handle',
    'this is no handle of this deployment: ask for one by POST /v1/compositions',
  );
};

/** The composition has changed since the handle was answered, or its executor does not exist any more. */
export const staleHandle = (): TaskportError =>
  new TaskportError(
    'stale-handle',
    'the composition has changed since this handle was answered: ask for its present handle by POST /v1/compositions',
  );
