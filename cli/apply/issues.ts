import { type Issue, invalidRequest, TaskportError } from '../../lib/errors.ts';

/** The errors, with their places if known. */
export const issuesOf = ({ message, members: { issues } }: TaskportError): readonly Issue[] =>
  (issues as Issue[] | undefined) ?? [{ path: '', message }];

/** Makes several checks, and throws all their errors together. */
export const eachJudged = async (...judge: readonly (() => unknown)[]): Promise<void> => {
  const issues: Issue[] = [];
  for (const one of judge) {
    try {
      await one();
    } catch (error) {
      if (!(error instanceof TaskportError)) throw error;
      issues.push(...issuesOf(error));
    }
  }
  if (issues.length > 0) throw invalidRequest(...issues);
};

/** Keeps the first error of each place: later ones follow from it. */
export const withoutRepeated = (issues: readonly Issue[]): Issue[] =>
  [...new Map(issues.toReversed().map((issue) => [issue.path, issue])).values()].reverse();
