import { tag, tagRequest } from '../../../lib/element/registry/tag-schema.ts';
import { pageQuery } from '../query.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperations } from './operation.ts';

asked('TagRequest', 'The image that the tag will name.', tagRequest);
answered('Tag', 'A tag: a name of an image that can be moved to another image.', tag);
const page = pageOf('TagPage', 'tags, by repository and name', tag);

export const tagOperations = defineOperations('tags', {
  listTags: {
    call: 'GET /v1/tags/{location}',
    summary: 'List the tags of a location',
    description: 'The list is sorted by repository and name. It may miss changes of the last moments.',
    query: pageQuery,
    answers: { 200: ['A page of the list.', page] },
  },
  listRepositoryTags: {
    call: 'GET /v1/tags/{location}/{repository}',
    summary: 'List the tags of a repository',
    description: 'The list is sorted by name. It may miss changes of the last moments.',
    query: pageQuery,
    answers: { 200: ['A page of the list.', page] },
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
    summary: 'Create a tag, or move it to another image',
    description:
      'The call creates the tag, which needs the permission to `create`, or moves it, which needs the permission to `write`. Both need the permission to `read`. With `If-None-Match: *` the call creates a tag and never moves one.',
    headers: ['If-Match', 'If-None-Match'],
    body: tagRequest,
    answers: {
      200: ['The tag. It existed before.', tag, 'ETag'],
      201: ['The tag. It is new.', tag, 'ETag', 'Location'],
    },
    problems: ['not-found', 'invalid-location', 'invalid-state', 'name-collision', 'revision-mismatch'],
  },
  deleteTag: {
    call: 'DELETE /v1/tags/{location}/{repository}/{tag}',
    summary: 'Delete a tag',
    description: 'The call does not delete the image.',
    headers: ['If-Match'],
    answers: { 204: ['The tag is deleted.'] },
    problems: ['not-found', 'invalid-location', 'revision-mismatch'],
  },
});
