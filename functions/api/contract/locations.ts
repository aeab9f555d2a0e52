import { location, locationPatch, locationRequest } from '../../../lib/location/location-schema.ts';
import { pageQuery } from '../query.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperations, ofLocation } from './operation.ts';

asked('LocationRequest', 'A request to create a location.', locationRequest);
asked('LocationPatch', 'Changes to a location: a merge patch (RFC 7396).', locationPatch);
answered('Location', 'A location: a named store of one kind of element.', location);
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
    description:
      'The list is sorted by name. A page may have fewer items than `limit` even if more pages follow.',
    query: pageQuery,
    answers: { 200: ['A page of the list.', page] },
  },
  readLocation: {
    call: 'GET /v1/locations/{location}',
    summary: 'Read a location',
    headers: ['If-None-Match'],
    answers: { 200: ['The location.', location, 'ETag'] },
  },
  updateLocation: {
    call: 'PATCH /v1/locations/{location}',
    summary: 'Change the policy, the capacity, the grants, the owner or `allow` of a location',
    headers: ['If-Match'],
    body: locationPatch,
    answers: { 200: ['The changed location.', location, 'ETag'] },
    problems: ['invalid-state', 'revision-mismatch', 'insufficient-space'],
  },
  deleteLocation: {
    call: 'DELETE /v1/locations/{location}',
    summary: 'Delete an empty location',
    description:
      'The location is `closing` until no call in progress can create an element in it. Then the service deletes it.',
    headers: ['If-Match'],
    answers: { 202: ['The location. It is `closing`.', location, 'ETag'] },
    problems: ['in-use', 'revision-mismatch'],
  },
});
