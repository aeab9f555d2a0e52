import { expect, it } from 'vitest';
import { requestedBy } from '../../../lib/event/verification-request.ts';

const request = {
  eventId: 'c1.verification',
  id: 'image://library/base',
  attempt: 'a1',
  at: '2026-01-31T12:00:00.000Z',
};

it('a request to verify names the attempt and the element', () => {
  expect(requestedBy({ ...request, later: true })).toEqual({ id: 'image://library/base', attempt: 'a1' });
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['text', 'a1'],
  ['a request without an attempt', { ...request, attempt: undefined }],
  ['a request whose id is none', { ...request, id: 7 }],
])('%s is refused', (_, detail) => {
  expect(() => requestedBy(detail)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
});
