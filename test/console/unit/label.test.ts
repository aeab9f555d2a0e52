import { expect, it } from 'vitest';
import { inner, labelOf } from '../../../console/forms/label.ts';

it.each([
  ['name', 'Name'],
  ['parentId', 'Parent ID'],
  ['stopSeconds', 'Stop (seconds)'],
  ['maxSizeKiB', 'Max size (KiB)'],
  ['healthCheck', 'Health check'],
  ['cpu', 'CPU'],
  ['nfs', 'NFS'],
])('calls a field in words: %s', (name, label) => expect(labelOf(name)).toBe(label));

it('uses the title of the schema, if it has one', () => {
  expect(labelOf('cwd', { title: 'Working directory' })).toBe('Working directory');
});

it('keeps abbreviations within sentences', () => {
  expect(['Arguments', 'NFS', 'ID'].map(inner)).toEqual(['arguments', 'NFS', 'ID']);
});
