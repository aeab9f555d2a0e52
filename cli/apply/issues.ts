import { type Issue, invalidRequest, TaskportError } from '../../lib/errors.ts';

/** What is wrong, with its place where it has one. */
export const issuesOf = ({ message, members: { issues } }: TaskportError): readonly Issue[] =>
  (issues as Issue[] | undefined) ?? [{ path: '', message }];

/** Judges several things, and throws what is wrong with all of them together. */
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

/** Of each place what was found first: what finds more there is misled by that. */
export const withoutRepeated = (issues: readonly Issue[]): Issue[] =>
  [...new Map(issues.toReversed().map((issue) => [issue.path, issue])).values()].reverse();
