import * as z from 'zod/mini';
import { type ProblemCode, problemCodes, problemNames } from '../../../lib/errors.ts';
import { described } from '../../../lib/facts.ts';
import { statusOf } from '../problem.ts';
import { answered } from './component.ts';
import { type ProblemMeaning, problemMeanings } from './problem-meanings.ts';

/** A problem as the document describes it. */
export interface DocumentedProblem extends ProblemMeaning {
  readonly code: ProblemCode;
  readonly status: number;
  /** The name of its schema: `InUse`. */
  readonly name: string;
}

const nameOf = (code: string): string =>
  code
    .split('-')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');

/** Every problem, in the order of the closed list. */
export const problems: readonly DocumentedProblem[] = problemCodes.map((code) => {
  const { meaning, members = {} } = problemMeanings[code];
  const name = nameOf(code);
  const { type, title } = problemNames(code);
  const status = statusOf[code];
  answered(
    name,
    meaning,
    z.object({
      type: described(z.literal(type), 'The URI of the problem.'),
      title: described(z.literal(title), 'The name of the problem in words.'),
      status: described(z.literal(status), 'The HTTP status of the answer.'),
      code: described(z.literal(code), 'The code of the problem, for programs.'),
      detail: described(z.string(), 'The explanation of the problem and the way out, for people.'),
      ...members,
      requestId: described(z.string(), 'The ID of the request, as in `X-Request-Id`.'),
    }),
  );
  return { code, status, name, meaning, members };
});

/** The schema of a problem's code. */
export const problemNamed = (code: ProblemCode): string => nameOf(code);
