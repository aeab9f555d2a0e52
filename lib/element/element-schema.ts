import * as z from 'zod/mini';
import { type ProblemCode, problemCodes } from '../errors.ts';
import { described, optional } from '../facts.ts';
import { textOf } from '../formats.ts';
import { history, revision } from '../history.ts';
import { kinds } from '../kind/index.ts';
import type { Checksum } from './checksum.ts';
import { states } from './element.ts';
import { elementId, parentId } from './id-schema.ts';

/** `algorithm:hex`, before and after its validation. */
export const givenChecksum = described(z.string(), { pattern: '^sha(256|512):[0-9A-Fa-f]+$' });
export const checksum = givenChecksum as unknown as z.ZodMiniType<Checksum, Checksum>;

const figure = z.union([z.string(), z.int()]);

/** A problem that is reported after the call that caused it. */
export const dataProblem = z.looseObject({
  code: described(textOf<ProblemCode>(), {
    description: 'The code of the problem. The members of the problem are beside it.',
    enum: problemCodes,
  }),
  detail: described(z.string(), 'The explanation of the problem and the way out, for people.'),
  entry: optional(
    z.string(),
    'The path of the refused entry in the archive. Absent for problems of other causes.',
  ),
  expected: optional(figure, 'The expected size in bytes, or the expected checksum.'),
  actual: optional(figure, 'The actual size in bytes, or the actual checksum.'),
});

/** The attributes, which only the service writes. */
export const attributes = z.object({
  id: described(elementId, 'The ID of the element: `<kind>://<location>/<name>`.'),
  kind: described(z.enum(kinds), 'The kind of the element.'),
  location: described(z.string(), 'The name of the location that keeps it.'),
  name: described(z.string(), 'The name of the element in its location.'),
  parentId: optional(parentId, 'The ID of the parent. Absent if the element has no parent.'),
  state: described(
    z.enum(states),
    'The state of the element. `pending`: the name is reserved, and the service waits for the data. `verifying`: the service reads the data. `ready`: the element can be used. `failed`: the service refused the data, and `problem` has the reason.',
  ),
  revision: described(revision, 'The revision: 1, 2, 3 …. Every accepted change increases it by one.'),
  checksum: optional(checksum, 'The checksum of the data: the algorithm, `:` and hexadecimal digits.'),
  size: optional(
    z.int(),
    'The size of the stored data in bytes: of the archive with its padding, or of the compressed archive.',
  ),
  digest: optional(
    checksum,
    'The digest of the manifest with which clients pull the image: of the pushed manifest, or of one that the service makes from the layers.',
  ),
  unpackedSize: optional(
    z.int(),
    'The unpacked size of the archive in bytes: the sizes of the files, including holes, and 4 KiB for each path after the first thousand.',
  ),
  freeSpace: optional(z.int(), 'The free space of an image or volume in KiB. Absent if none was set.'),
  capacity: optional(
    z.int(),
    'The space for files in KiB: the unpacked sizes of the element and its ancestors, plus the free space, and no less than the capacity of the parent. The stored archive (`size`) may be larger.',
  ),
  resizedFrom: optional(
    z.int(),
    'The capacity of the parent in KiB. Absent unless the element’s own capacity is larger.',
  ),
  problem: optional(dataProblem, 'The reason why the service refused the data.'),
  ...history,
});
