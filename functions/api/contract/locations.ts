import { location, locationPatch, locationRequest } from '../../../lib/location/location-schema.ts';
import { pageQuery } from '../request.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperations, ofLocation } from './operation.ts';

asked('LocationRequest', 'A new location.', locationRequest);
asked('LocationPatch', 'Changes to a location: a merge patch (RFC 7396).', locationPatch);
answered('Location', 'A location.', location);
const page = pageOf('LocationPage', 'locations, by name', location);

export const locationOperations = defineOperations('locations', {
  createLocation: {
    call: 'POST /v1/locations',
    summary: 'Create a location',
    headers: ['Idempotency-Key'],
    body: locationRequest,
    answers: { 201: ['The location.', location, 'ETag', 'Location'] },
    problems: ['name-collision', ...ofLocation],
  },
  listLocations: {
    call: 'GET /v1/locations',
    summary: 'List the locations that the caller may see',
    description: 'By name. A page may have fewer items than `limit` though more follow.',
    query: pageQuery,
    answers: { 200: ['A page of them.', page] },
  },
  readLocation: {
    call: 'GET /v1/locations/{location}',
    summary: 'Read a location',
    headers: ['If-None-Match'],
    answers: { 200: ['The location.', location, 'ETag'] },
  },
  updateLocation: {
    call: 'PATCH /v1/locations/{location}',
    summary: 'Change policy, capacity, grants, the owner or `allow`',
    headers: ['If-Match'],
    body: locationPatch,
    answers: { 200: ['The location as it is now.', location, 'ETag'] },
    problems: ['invalid-state', 'revision-mismatch', 'insufficient-space'],
  },
  deleteLocation: {
    call: 'DELETE /v1/locations/{location}',
    summary: 'Delete an empty location',
    description: 'It is `closing` until nothing in flight can still create an element there, and then gone.',
    headers: ['If-Match'],
    answers: { 202: ['The location, which is closing.', location, 'ETag'] },
    problems: ['in-use', 'revision-mismatch'],
  },
});
