import type { ElementOf } from '../../client/elements.ts';
import { ProblemError } from '../../client/problem-error.ts';
import { untilSettled } from '../../client/until-settled.ts';
import type { Session } from '../session.ts';

/** The most images that the service reads at a time. */
const AT_ONCE = 4;

/** The result for an image: it has its digest or no layers, or there is a problem. */
interface Outcome {
  readonly id: string;
  readonly digest?: string;
  readonly problem?: string;
}

/** Has the service compute the digest of one image, and waits for it. */
const computeDigest = async ({ taskport, call }: Session, id: string): Promise<Outcome> => {
  try {
    const ask = async (): Promise<ElementOf | undefined> => {
      const { element, isSettled } = await taskport.elements.computeDigest(id, call);
      return isSettled ? element : undefined;
    };
    const look = async (): Promise<ElementOf | undefined> => {
      const found = await taskport.elements.read(id, call);
      // The service replaces a lost reading only at another request.
      return found.digest !== undefined || found.problem !== undefined ? found : ask();
    };
    const { digest, problem } = (await ask()) ?? (await untilSettled(look, call.signal));
    if (digest !== undefined) return { id, digest };
    return problem === undefined ? { id } : { id, problem: problem.detail };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { id, problem: error.message };
  }
};

/** Has the service compute the missing digests of a location's images, each after that of its parent. */
export async function* computeDigests(session: Session, location: string): AsyncGenerator<Outcome> {
  const { taskport, call } = session;
  const waiting = new Map<string, string | undefined>();
  for await (const { id, parentId, state, digest } of taskport.elements.list({
    kind: 'image',
    location,
    ...call,
  }))
    if (state === 'ready' && digest === undefined) waiting.set(id, parentId);
  while (waiting.size > 0) {
    const next = [...waiting]
      .filter(([, parentId]) => parentId === undefined || !waiting.has(parentId))
      .slice(0, AT_ONCE);
    yield* await Promise.all(next.map(([id]) => computeDigest(session, id)));
    for (const [id] of next) waiting.delete(id);
  }
}
