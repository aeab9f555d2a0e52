import { tag, tagRequest } from '../../../lib/element/registry/tag-schema.ts';
import { pageQuery } from '../request.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperations } from './operation.ts';

asked('TagRequest', 'The image that a tag will name.', tagRequest);
answered('Tag', 'A name of an image, which can be moved to another.', tag);
const page = pageOf('TagPage', 'tags, by repository and name', tag);

export const tagOperations = defineOperations('tags', {
  listTags: {
    call: 'GET /v1/tags/{location}',
    summary: 'List the tags of a location',
    description: 'By repository and name. The list lags writes by moments.',
    query: pageQuery,
    answers: { 200: ['A page of them.', page] },
  },
  listRepositoryTags: {
    call: 'GET /v1/tags/{location}/{repository}',
    summary: 'List the tags of a repository',
    description: 'By name. The list lags writes by moments.',
    query: pageQuery,
    answers: { 200: ['A page of them.', page] },
  },
  readTag: {
    call: 'GET /v1/tags/{location}/{repository}/{tag}',
    summary: 'Read a tag',
    headers: ['If-None-Match'],
    answers: { 200: ['The tag.', tag, 'ETag'] },
    problems: ['not-found'],
  },
  setTag: {
    call: 'PUT /v1/tags/{location}/{repository}/{tag}',
    summary: 'Have a tag name an image',
    description:
      'A new one, or one that named another. It takes the grant to `create` or to `write`, and to `read`. With `If-None-Match: *` none is moved.',
    headers: ['If-Match', 'If-None-Match'],
    body: tagRequest,
    answers: {
      200: ['The tag, which was there.', tag, 'ETag'],
      201: ['The tag, which is new.', tag, 'ETag', 'Location'],
    },
    problems: ['not-found', 'invalid-location', 'invalid-state', 'name-collision', 'revision-mismatch'],
  },
  deleteTag: {
    call: 'DELETE /v1/tags/{location}/{repository}/{tag}',
    summary: 'Remove a tag',
    description: 'The image that it named stays.',
    headers: ['If-Match'],
    answers: { 204: ['It is gone.'] },
    problems: ['not-found', 'invalid-location', 'revision-mismatch'],
  },
});
