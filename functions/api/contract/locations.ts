import * as z from 'zod/mini';
import { allow } from '../../../lib/location/allow.ts';
import { LEGACY } from '../../../lib/location/location.ts';
import { locationPatch, locationRequest } from '../../../lib/location/location-request.ts';
import { listQuery } from '../routes/locations.ts';
import { answered, asked, pageOf, revision, time } from './component.ts';
import { defineOperation, ofLocation } from './operation.ts';
import { pageParameters } from './pages.ts';

const allowFields = {
  allow:
    'What tasks may ask for beyond the engine’s defaults; of executors, and only there. Administrators of the deployment alone say it, and nothing is allowed that is not said. An entry that ends in `/` or `:` allows all that begins so, any other that very one.',
  'allow.capabilities': 'Capabilities that tasks may add to the default ones; `ALL` for every one.',
  'allow.networks': 'Networks by their names. No task can ask for one yet.',
  'allow.logs': 'Where logs may be: `s3://<bucket>/<prefix>`, `cloudwatch:<log group>`.',
  'allow.secrets': 'Secrets by their names or ARNs.',
  'allow.nfs': 'Exports whose volumes may be joined: `<server>:`, `<server>:/<path>/`.',
};

const { type, policy, owner } = locationRequest.shape;

const fields = {
  name: 'The host part of the IDs of what it keeps.',
  kind: 'The kind of what it keeps.',
  type: 'Where data is kept: in S3, or on an NFS server.',
  policy:
    'What may be done in it: everything; nothing but create and read; nothing but read. It takes effect within 5 seconds.',
  nfs: 'The NFS server; of type `nfs`, and only there. Administrators of the deployment alone say it.',
  'nfs.server': 'Host name or address.',
  'nfs.path': 'Absolute path of the export.',
  capacity: 'KiB that its elements may take together; counted from the beginning or not at all.',
  indexed:
    'Keys of metadata that lists can be filtered by, such as `ro.os`; their values have up to 512 bytes of text.',
  grants: 'Who may do what; without grants every authenticated caller may do everything but `admin`.',
  'grants[].principal': 'A role’s ARN without its session, or `issuer|subject` of a token.',
  'grants[].actions': 'What the principal may do.',
  owner:
    'The principal who holds `admin` there whatever the grants say; who created it unless it says otherwise.',
};

asked('LocationRequest', 'A new location.', locationRequest, { ...fields, ...allowFields });

const { policy: policyField, capacity: capacityField, owner: ownerField } = fields;
asked('LocationPatch', 'What of a location is to change: a merge patch (RFC 7396).', locationPatch, {
  policy: policyField,
  capacity: capacityField,
  grants: 'Who may do what from now on; `null` lets every authenticated caller do everything but `admin`.',
  'grants[].principal': fields['grants[].principal'],
  'grants[].actions': fields['grants[].actions'],
  owner: `${ownerField.split(';')[0]}: the owner or an administrator hands it on.`,
  ...allowFields,
  allow: `${allowFields.allow} \`null\` allows nothing any more.`,
});

const location = answered(
  'Location',
  'A location.',
  z.object({
    ...locationRequest.shape,
    type: type.def.innerType,
    policy: policy.def.innerType,
    owner: owner.def.innerType,
    allow: z.optional(z.union([allow, z.literal(LEGACY)])),
    state: z.enum(['open', 'closing']),
    revision: revision(),
    createdAt: time(),
    createdBy: z.string(),
    modifiedAt: time(),
    modifiedBy: z.string(),
  }),
  {
    ...fields,
    ...allowFields,
    allow:
      'What tasks may ask for beyond the engine’s defaults; of executors. `legacy`, of a location of before, is all but capabilities and logs at paths of the machine, until an administrator sets it.',
    state: '`closing` while a delete waits for creates in flight; it takes no new elements then.',
    revision: '1, 2, 3 …; every change moves it by one.',
    createdAt: 'When it was created; RFC 3339, UTC.',
    createdBy: 'The principal who created it.',
    modifiedAt: 'When it was last changed.',
    modifiedBy: 'The principal who last changed it.',
  },
);

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
    query: { schema: listQuery, parameters: pageParameters },
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
