import * as z from 'zod/mini';
import { type ProblemCode, problemCodes } from '../../../lib/errors.ts';
import { statusOf } from '../problem.ts';
import { answered, type Fields } from './component.ts';
import { type ProblemMeaning, problemMeanings } from './problem-meanings.ts';

/** A problem as the document tells it. */
export interface DocumentedProblem extends ProblemMeaning {
  readonly code: ProblemCode;
  readonly status: number;
  /** What its schema is called: `InUse`. */
  readonly name: string;
}

const common: Fields = {
  type: 'Which problem it is, as a URI.',
  title: 'Which problem it is, in words.',
  status: 'The status of the answer.',
  code: 'Which problem it is, for programs.',
  detail: 'What happened, for people.',
  requestId: 'The ID of the request, as in `X-Request-Id`.',
};

const nameOf = (code: string): string =>
  code
    .split('-')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');

/** Every problem, in the order of the closed list. */
export const problems: readonly DocumentedProblem[] = problemCodes.map((code) => {
  const { meaning, members = {} } = problemMeanings[code];
  const name = nameOf(code);
  const status = statusOf[code];
  const entries = Object.entries(members);
  answered(
    name,
    meaning,
    z.object({
      type: z.literal(`https://taskport.dev/problems/${code}`),
      title: z.literal(code.replaceAll('-', ' ')),
      status: z.literal(status),
      code: z.literal(code),
      detail: z.string(),
      ...Object.fromEntries(entries.map(([member, { schema }]) => [member, schema])),
      requestId: z.string(),
    }),
    {
      ...common,
      ...Object.fromEntries(
        entries.flatMap(([member, { is, parts = {} }]) => [
          [member, is],
          ...Object.entries(parts).map(([part, meant]) => [`${member}[].${part}`, meant]),
        ]),
      ),
    },
  );
  return { code, status, name, meaning, members };
});

/** The schema of a problem's code. */
export const problemNamed = (code: ProblemCode): string => nameOf(code);
