import { elementRequest } from '../../../lib/element/element-request.ts';
import { element } from '../../../lib/element/shown-element.ts';
import { elementPatch } from '../../../lib/element/update-element.ts';
import { pageQuery } from '../query.ts';
import { fieldsQuery, listQuery } from '../routes/elements.ts';
import { awaitedElement, elementPage, readElement, referencePage } from './elements.ts';
import { auditPage } from './events.ts';
import { defineOperations, ofLocation } from './operation.ts';

/** The problems of data that is refused. */
export const ofData = [
  'data-error',
  'unknown-content',
  'checksum-mismatch',
  'unsupported-data-format',
  'unsupported-checksum-algorithm',
] as const;

/** The problems of metadata and specifications. */
const ofEntries = ['invalid-entry', 'read-only-key'] as const;

export const elementOperations = defineOperations('elements', {
  createElement: {
    call: 'POST /v1/elements',
    summary: 'Create an element',
    description:
      'The element has metadata only, or data in the request, or data that the caller uploads afterwards. In the last case the element is `pending`, and the answer has `upload`.',
    headers: ['Idempotency-Key'],
    body: elementRequest,
    answers: { 201: ['The element.', awaitedElement, 'ETag', 'Location'] },
    problems: [
      ...ofLocation,
      'invalid-location',
      ...ofEntries,
      ...ofData,
      'unknown-parent',
      'invalid-parent',
      'volume-attached',
      'name-collision',
      'insufficient-space',
      'invalid-state',
      'not-found',
    ],
  },
  listElements: {
    call: 'GET /v1/elements',
    summary: 'List the elements of a location',
    description: 'The list is sorted by name. It may miss changes of the last moments.',
    query: listQuery,
    answers: { 200: ['A page of the list.', elementPage] },
    problems: [...ofLocation, 'invalid-filterspec'],
  },
  readElement: {
    call: 'GET /v1/elements/{kind}/{location}/{name}',
    summary: 'Read an element',
    headers: ['If-None-Match'],
    query: fieldsQuery,
    answers: { 200: ['The element, or the requested parts of it.', readElement, 'ETag'] },
    problems: ['invalid-filterspec'],
  },
  updateElement: {
    call: 'PATCH /v1/elements/{kind}/{location}/{name}',
    summary: 'Change the metadata, the free space or the specification of an element',
    headers: ['If-Match'],
    body: elementPatch,
    answers: { 200: ['The changed element.', element, 'ETag'] },
    problems: ['invalid-location', ...ofEntries, 'revision-mismatch', 'insufficient-space'],
  },
  deleteElement: {
    call: 'DELETE /v1/elements/{kind}/{location}/{name}',
    summary: 'Delete an element that nothing refers to',
    headers: ['If-Match'],
    answers: { 204: ['The element is deleted.'] },
    problems: ['invalid-location', 'volume-attached', 'in-use', 'revision-mismatch'],
  },
  readLineage: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/lineage',
    summary: 'List the ancestors of an element',
    description: 'The parent comes first. All ancestors are on one page.',
    answers: { 200: ['All ancestors.', elementPage] },
  },
  listChildren: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/children',
    summary: 'List the children of an element',
    query: pageQuery,
    answers: { 200: ['A page of the list.', elementPage] },
  },
  listReferences: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/references',
    summary: 'List the references to an element',
    query: pageQuery,
    answers: { 200: ['A page of the list.', referencePage] },
  },
  readAudit: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/audit',
    summary: 'List the audit trail of an element: who did what, and when',
    description:
      'The earliest entry comes first. The service keeps the trail after the element and its location are deleted, for callers who could read there. The trail may miss changes of the last moments.',
    query: pageQuery,
    answers: { 200: ['A page of the audit trail.', auditPage] },
  },
});
