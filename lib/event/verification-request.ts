import { invalidRequest } from '../errors.ts';
import type { Change } from './change.ts';
import { INTERNAL_SOURCE } from './source.ts';

export const VERIFICATION_REQUESTED = 'Verification Requested';

/** The element whose uploaded data a verifier has to read. */
interface Detail {
  readonly eventId: string;
  readonly id: string;
  readonly attempt: string;
  readonly at: string;
}

/** A request to verify, in the form in which it goes onto the bus. */
export interface VerificationRequest {
  readonly source: typeof INTERNAL_SOURCE;
  readonly detailType: typeof VERIFICATION_REQUESTED;
  readonly detail: Detail;
}

/** The attempt to read data that a row contains: of uploaded data, or of data that the element has already. */
const attemptOf = (image: Change['after']): string | undefined =>
  image?.row === 'element' ? (image.upload?.verification?.attempt ?? image.reading?.attempt) : undefined;

/** The verification requests of a change: one if it began an attempt. */
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
 * The element and attempt of a request. It reads the fields without a schema, since the service writes them, and
 * the schemas' library would add thirty kilobytes to every start. Throws `invalid-request`.
 */
export const requestedBy = (detail: unknown): Pick<Detail, 'id' | 'attempt'> => {
  const { id, attempt } = Object(detail) as Partial<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof attempt !== 'string') {
    throw invalidRequest({ path: 'detail', message: 'must be a request to verify' });
  }
  return { id, attempt };
};
