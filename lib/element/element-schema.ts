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
    description: 'Which problem it is; its members stand beside it.',
    enum: problemCodes,
  }),
  detail: described(z.string(), 'What happened, for people.'),
  entry: optional(z.string(), 'The entry of the archive that cannot be taken.'),
  expected: optional(figure, 'The bytes or the checksum that there should be.'),
  actual: optional(figure, 'The bytes or the checksum that there are.'),
});

/** The attributes, which only the service writes. */
export const attributes = z.object({
  id: described(elementId, '`<kind>://<location>/<name>`.'),
  kind: described(z.enum(kinds), 'What it is.'),
  location: described(z.string(), 'Where it is kept.'),
  name: described(z.string(), 'Its name there.'),
  parentId: optional(parentId, 'What it builds on.'),
  state: described(
    z.enum(states),
    '`pending`: the name is reserved, data is awaited. `verifying`: it is being read. `ready`. `failed`: its data was refused, and `problem` says why.',
  ),
  revision: described(revision, '1, 2, 3 …; every accepted change moves it by one.'),
  checksum: optional(checksum, 'Of its data: algorithm, `:` and hexadecimal digits.'),
  size: optional(
    z.int(),
    'Bytes of its data as they are stored: of the archive, with its padding, or packed.',
  ),
  digest: optional(
    checksum,
    'Of the manifest by which it is pulled, of images: of the one that was pushed, or of one that is made of its layers.',
  ),
  unpackedSize: optional(
    z.int(),
    'Bytes that its archive unpacks to: those of the files, with their holes, and 4 KiB for each path after the first thousand.',
  ),
  freeSpace: optional(z.int(), 'KiB that are to be free in it.'),
  capacity: optional(
    z.int(),
    'KiB that its files have: the unpacked sizes of it and its ancestors, with the free space, and no less than its parent. The archive that is stored (`size`) may be larger.',
  ),
  resizedFrom: optional(z.int(), 'The capacity of its parent in KiB, if its own is larger.'),
  problem: optional(dataProblem, 'Why its data was refused.'),
  ...history,
});
