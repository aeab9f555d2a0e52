import { location, locationPatch, locationRequest } from '../../../lib/location/location-schema.ts';
import { listQuery } from '../routes/locations.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperation, ofLocation } from './operation.ts';

asked('LocationRequest', 'A new location.', locationRequest);
asked('LocationPatch', 'What of a location is to change: a merge patch (RFC 7396).', locationPatch);
answered('Location', 'A location.', location);

const page = pageOf('LocationPage', 'locations, by name', location);
const path = '/v1/locations/{location}';
const tag = 'locations';

export const locationOperations = [
  defineOperation({
    id: 'createLocation',
    method: 'post',
    path: '/v1/locations',
    tag,
    summary: 'Create a location',
    headers: ['Idempotency-Key'],
    body: { schema: locationRequest, type: 'application/json' },
    answers: {
      201: {
        description: 'The location.',
        schema: location,
        headers: ['ETag', 'Location', 'Idempotency-Replayed'],
      },
    },
    problems: ['name-collision', ...ofLocation],
  }),
  defineOperation({
    id: 'listLocations',
    method: 'get',
    path: '/v1/locations',
    tag,
    summary: 'List the locations that the caller may see',
    description: 'By name. A page may have fewer items than `limit` though more follow.',
    query: listQuery,
    answers: { 200: { description: 'A page of them.', schema: page } },
    problems: [],
  }),
  defineOperation({
    id: 'readLocation',
    method: 'get',
    path,
    tag,
    summary: 'Read a location',
    headers: ['If-None-Match'],
    answers: {
      200: { description: 'The location.', schema: location, headers: ['ETag'] },
      304: { description: 'It is as the caller knows it.', headers: ['ETag'] },
    },
    problems: [...ofLocation],
  }),
  defineOperation({
    id: 'updateLocation',
    method: 'patch',
    path,
    tag,
    summary: 'Change policy, capacity, grants, the owner or what tasks may ask for',
    headers: ['If-Match'],
    body: { schema: locationPatch, type: 'application/merge-patch+json' },
    answers: { 200: { description: 'The location as it is now.', schema: location, headers: ['ETag'] } },
    problems: [...ofLocation, 'invalid-state', 'revision-mismatch', 'insufficient-space'],
  }),
  defineOperation({
    id: 'deleteLocation',
    method: 'delete',
    path,
    tag,
    summary: 'Delete an empty location',
    description: 'It is `closing` until nothing in flight can still create an element there, and then gone.',
    headers: ['If-Match'],
    answers: { 202: { description: 'The location, which is closing.', schema: location, headers: ['ETag'] } },
    problems: [...ofLocation, 'in-use', 'revision-mismatch'],
  }),
];
