import { elementRequest } from '../../../lib/element/element-request.ts';
import { elementPatch } from '../../../lib/element/update-element.ts';
import { fieldsQuery, listQuery, relativesQuery } from '../routes/elements.ts';
import { awaitedElement, element, elementPage, readElement, referencePage } from './elements.ts';
import { auditPage } from './events.ts';
import { defineOperation, ofLocation } from './operation.ts';

export const ELEMENT = '/v1/elements/{kind}/{location}/{name}';
const tag = 'elements';

/** The problems of data that is refused. */
export const ofData = [
  'data-error',
  'checksum-mismatch',
  'unsupported-data-format',
  'unsupported-checksum-algorithm',
] as const;

/** The problems of what is said of an element. */
const ofEntries = ['invalid-entry', 'read-only-key'] as const;

const relatives = (
  id: string,
  part: string,
  summary: string,
  schema: typeof elementPage | typeof referencePage,
) =>
  defineOperation({
    id,
    method: 'get',
    path: `${ELEMENT}/${part}`,
    tag,
    summary,
    query: relativesQuery,
    answers: { 200: { description: 'A page of them.', schema } },
    problems: [...ofLocation, 'not-found'],
  });

export const elementOperations = [
  defineOperation({
    id: 'createElement',
    method: 'post',
    path: '/v1/elements',
    tag,
    summary: 'Create an element',
    description:
      'Of metadata alone, with its data, or with data that is uploaded afterwards: then it is `pending`, and the answer has `upload`.',
    headers: ['Idempotency-Key'],
    body: { schema: elementRequest, type: 'application/json' },
    answers: {
      201: {
        description: 'The element.',
        schema: awaitedElement,
        headers: ['ETag', 'Location', 'Idempotency-Replayed'],
      },
    },
    problems: [
      ...ofLocation,
      'invalid-location',
      ...ofEntries,
      ...ofData,
      'unknown-parent',
      'invalid-parent',
      'name-collision',
      'insufficient-space',
      'invalid-state',
      'not-found',
    ],
  }),
  defineOperation({
    id: 'listElements',
    method: 'get',
    path: '/v1/elements',
    tag,
    summary: 'List the elements of a location',
    description: 'By name. The list lags writes by moments.',
    query: listQuery,
    answers: { 200: { description: 'A page of them.', schema: elementPage } },
    problems: [...ofLocation, 'invalid-filterspec'],
  }),
  defineOperation({
    id: 'readElement',
    method: 'get',
    path: ELEMENT,
    tag,
    summary: 'Read an element',
    headers: ['If-None-Match'],
    query: fieldsQuery,
    answers: {
      200: { description: 'The element, or the parts of it.', schema: readElement, headers: ['ETag'] },
      304: { description: 'It is as the caller knows it.', headers: ['ETag'] },
    },
    problems: [...ofLocation, 'not-found', 'invalid-filterspec'],
  }),
  defineOperation({
    id: 'updateElement',
    method: 'patch',
    path: ELEMENT,
    tag,
    summary: 'Change metadata, free space or specification',
    headers: ['If-Match'],
    body: { schema: elementPatch, type: 'application/merge-patch+json' },
    answers: { 200: { description: 'The element as it is now.', schema: element, headers: ['ETag'] } },
    problems: [
      ...ofLocation,
      'invalid-location',
      ...ofEntries,
      'not-found',
      'revision-mismatch',
      'insufficient-space',
    ],
  }),
  defineOperation({
    id: 'deleteElement',
    method: 'delete',
    path: ELEMENT,
    tag,
    summary: 'Delete an element that nothing refers to',
    headers: ['If-Match'],
    answers: { 204: { description: 'It is gone.' } },
    problems: [...ofLocation, 'invalid-location', 'not-found', 'in-use', 'revision-mismatch'],
  }),
  defineOperation({
    id: 'readLineage',
    method: 'get',
    path: `${ELEMENT}/lineage`,
    tag,
    summary: 'List the ancestors of an element',
    description: 'The parent first, all on one page.',
    answers: { 200: { description: 'All of them.', schema: elementPage } },
    problems: [...ofLocation, 'not-found'],
  }),
  relatives('listChildren', 'children', 'List the children of an element', elementPage),
  relatives('listReferences', 'references', 'List who refers to an element', referencePage),
  defineOperation({
    id: 'readAudit',
    method: 'get',
    path: `${ELEMENT}/audit`,
    tag,
    summary: 'List who did what to an element, and when',
    description:
      'The earliest first; kept when the element is gone, and when its location is, for those who could read there. It lags writes by moments.',
    query: relativesQuery,
    answers: { 200: { description: 'A page of it.', schema: auditPage } },
    problems: [...ofLocation, 'not-found'],
  }),
];
