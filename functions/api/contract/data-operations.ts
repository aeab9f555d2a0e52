import { replacementRequest } from '../../../lib/element/replace-data.ts';
import { element } from '../../../lib/element/shown-element.ts';
import { completion } from '../../../lib/element/upload/complete-upload.ts';
import { upload } from '../../../lib/element/upload/upload-schema.ts';
import { uploadQuery } from '../routes/element-data.ts';
import { ofData } from './element-operations.ts';
import { awaitedElement } from './elements.ts';
import { defineOperations } from './operation.ts';

/** The problems of an upload that ends. */
const ofSettling = [
  'invalid-location',
  'invalid-state',
  ...ofData,
  'insufficient-space',
  'revision-mismatch',
] as const;

/** The answers of reads of data: the redirect, and the data to which it leads. */
const FOLLOWED = 'The data. Clients get it from the store when they follow the redirect.';
const located = {
  307: [
    'The URL in `Location` has the data for a limited time. `ETag` is the checksum of the data.',
    undefined,
    'Location',
    'ETag',
    'Cache-Control',
  ],
  304: ['The caller has this data already.', undefined, 'ETag'],
} as const;

export const dataOperations = defineOperations('data', {
  putData: {
    call: 'PUT /v1/elements/{kind}/{location}/{name}/data',
    summary: 'Send the data of a pending element in one piece',
    description:
      'The data has at most 4 MiB. For an image or a volume it is a tar archive, plain or compressed with gzip or zstd, that unpacks to at most 256 MiB. Upload larger data with signed requests.',
    body: 'bytes',
    answers: { 200: ['The element. It is `ready`.', element, 'ETag'] },
    problems: ofSettling,
  },
  getData: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/data',
    summary: 'Get the data of an element',
    headers: ['If-None-Match'],
    answers: { 200: [FOLLOWED, 'bytes'], ...located },
    problems: ['invalid-state'],
  },
  headData: {
    call: 'HEAD /v1/elements/{kind}/{location}/{name}/data',
    summary: 'Check that an element has data',
    headers: ['If-None-Match'],
    answers: { 200: [FOLLOWED], ...located },
    problems: ['invalid-state'],
  },
  replaceData: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/data/upload',
    summary: 'Begin to replace the data of a volume',
    description:
      'The volume stays `ready` with its present data until the service has verified the new data.',
    headers: ['Idempotency-Key', 'If-Match'],
    body: replacementRequest,
    answers: { 201: ['The volume, and the signed requests that upload the data.', awaitedElement, 'ETag'] },
    problems: [
      'invalid-location',
      'invalid-state',
      'volume-attached',
      'in-use',
      'unsupported-checksum-algorithm',
      'insufficient-space',
      'revision-mismatch',
    ],
  },
  readUpload: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/data/upload',
    summary: 'Get the signed requests of an upload again',
    query: uploadQuery,
    answers: { 200: ['A page of signed requests.', upload] },
    problems: ['invalid-location', 'invalid-state', 'volume-attached'],
  },
  completeUpload: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/data/complete',
    summary: 'Complete an upload',
    description: 'A repeated call has no further effect, and answers the present state.',
    headers: ['Idempotency-Key'],
    body: completion,
    isBodyOptional: true,
    answers: {
      200: ['The element. It is `ready`.', element, 'ETag'],
      202: [
        'The service reads the data. The element is `verifying`, or the volume keeps its present data.',
        element,
        'ETag',
      ],
    },
    problems: [...ofSettling, 'volume-attached'],
  },
  verifyData: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/data/verify',
    summary: 'Compute the digest of an image',
    description:
      'For images that an earlier version of Taskport created without a digest. The parent must have its digest first. The service reads the data of the image, and changes nothing but the digest. A repeated call answers the present state. If the service does not finish, a call after fifteen minutes starts again.',
    answers: {
      200: ['The image. It has a `digest` unless it has no layers.', element, 'ETag'],
      202: ['The service reads the data. The image will have a `digest` or a `problem`.', element, 'ETag'],
    },
    problems: ['invalid-location', 'invalid-state', 'invalid-parent', 'revision-mismatch'],
  },
});
