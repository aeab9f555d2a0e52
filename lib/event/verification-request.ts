import { invalidRequest } from '../errors.ts';
import type { Change } from './change.ts';
import { INTERNAL_SOURCE } from './source.ts';

export const VERIFICATION_REQUESTED = 'Verification Requested';

/** Data was uploaded and has to be read. */
interface Detail {
  readonly eventId: string;
  readonly id: string;
  readonly attempt: string;
  readonly at: string;
}

/** A request to verify, as it goes onto the bus. */
export interface VerificationRequest {
  readonly source: typeof INTERNAL_SOURCE;
  readonly detailType: typeof VERIFICATION_REQUESTED;
  readonly detail: Detail;
}

/** The attempt to read data that an image of the row asks for: of what was uploaded, or of what it has. */
const attemptOf = (image: Change['after']): string | undefined =>
  image?.row === 'element' ? (image.upload?.verification?.attempt ?? image.reading?.attempt) : undefined;

/** The requests that a change makes: one where an attempt to verify was begun. */
export const requestsOf = ({ id: changeId, before, after }: Change): VerificationRequest[] => {
  if (after?.row !== 'element') return [];
  const attempt = attemptOf(after);
  if (attempt === undefined || attempt === attemptOf(before)) return [];
  const { id, modifiedAt } = after.attributes;
  return [
    {
      source: INTERNAL_SOURCE,
      detailType: VERIFICATION_REQUESTED,
      detail: { eventId: `${changeId}.verification`, id, attempt, at: modifiedAt },
    },
  ];
};

/**
 * What a request asks to be read. Read by hand, since it is ours on both sides: the schemas' library would be thirty kilobytes more
 * at every start. Throws `invalid-request`.
 */
export const requestedBy = (detail: unknown): Pick<Detail, 'id' | 'attempt'> => {
  const { id, attempt } = Object(detail) as Partial<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof attempt !== 'string') {
    throw invalidRequest({ path: 'detail', message: 'must be a request to verify' });
  }
  return { id, attempt };
};
