import * as z from 'zod/mini';
import type { Change } from './change.ts';
import { INTERNAL_SOURCE } from './source.ts';

export const VERIFICATION_REQUESTED = 'Verification Requested';

/** Data was uploaded and has to be read. */
export const verificationRequestDetail = z.object({
  eventId: z.string(),
  id: z.string(),
  attempt: z.string(),
  at: z.string(),
});

/** A request to verify, as it goes onto the bus. */
export interface VerificationRequest {
  readonly source: typeof INTERNAL_SOURCE;
  readonly detailType: typeof VERIFICATION_REQUESTED;
  readonly detail: Readonly<z.infer<typeof verificationRequestDetail>>;
}

/** The requests that a change makes: one where an attempt to verify was begun. */
export const requestsOf = ({ id: changeId, before, after }: Change): VerificationRequest[] => {
  if (after?.row !== 'element') return [];
  const attempt = after.upload?.verification?.attempt;
  const former = before?.row === 'element' ? before.upload?.verification?.attempt : undefined;
  if (attempt === undefined || attempt === former) return [];
  const { id, modifiedAt } = after.attributes;
  return [
    {
      source: INTERNAL_SOURCE,
      detailType: VERIFICATION_REQUESTED,
      detail: { eventId: `${changeId}.verification`, id, attempt, at: modifiedAt },
    },
  ];
};
