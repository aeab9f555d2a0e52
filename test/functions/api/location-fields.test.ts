/** Who may set which field of a location: one test for each line of the table. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { locationPatch } from '../../../lib/location/location-schema.ts';
import { ADMINISTRATOR, startTaskport, type Taskport } from '../../taskport.ts';
import { sayings } from './permissions.ts';
import { expectInvalid, expectProblem, makeLocations } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
});
afterAll(() => taskport.stop());

describe('a field of a location', () => {
  const granted = 'arn:aws:iam::123456789012:role/granted';
  const principals = {
    owner: 'arn:aws:iam::123456789012:role/owner',
    granted,
    administrator: ADMINISTRATOR,
    stranger: 'arn:aws:iam::1:role/s',
  };

  it.each(sayings)(
    '$says of $kind, by $method, is set by $by and nobody else',
    async ({ method, says, kind, body, by }) => {
      for (const [sayer, userArn] of Object.entries(principals)) {
        const name = `l${randomUUID()}`;
        const fresh = defined({ name, kind, capacity: kind === 'image' ? 1_024 : undefined });
        if (method === 'PATCH') {
          const grants = [{ principal: granted, actions: ['admin'] }];
          await makeLocations(taskport, { ...fresh, owner: principals.owner, grants });
        }
        const answer =
          method === 'PATCH'
            ? await taskport.callAs(userArn, 'PATCH', `/v1/locations/${name}`, { body })
            : await taskport.callAs(userArn, 'POST', '/v1/locations', { body: { ...fresh, ...body } });
        if ((by as readonly string[]).includes(sayer))
          expect([sayer, answer.status < 300]).toEqual([sayer, true]);
        else if (by.length === 0) expectInvalid(answer, says);
        else expectProblem(answer, 403, 'permission-denied');
      }
    },
  );

  it('every field that can change is in the table', () => {
    const told = sayings
      .filter(({ method, by }) => method === 'PATCH' && by.length > 0)
      .map(({ says }) => says);
    expect(told.sort()).toEqual(Object.keys(locationPatch.shape).sort());
  });
});
