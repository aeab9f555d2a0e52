import type { ProblemError } from '../client/problem-error.ts';
import { printable } from './details.ts';
import { codeOfSignal, REFUSED, UNAVAILABLE, WRONG_USAGE } from './exit-code.ts';
import type { ExitWith } from './exit-with.ts';
import type { Io } from './io.ts';

/** Members of a problem that list things, and how one of them is said. */
const listed: Readonly<Record<string, (item: Record<string, unknown>) => string>> = {
  issues: ({ path, message }) => `${path}: ${message}`,
  entries: ({ key, reason }) => `${key}: ${reason}`,
  reasons: ({ path, message }) => `${path}: ${message}`,
  references: ({ id, kind }) => `${id} (${kind})`,
};

/** Members that are said already, or to nobody's use. */
const SAID = new Set(['type', 'title', 'status', 'code', 'detail', 'requestId']);

/** Lists that a problem's detail repeats. */
const REPEATED = ['issues', 'reasons'];

/** A problem for people: what it is, then each member that tells more. */
const formatProblem = ({ message, code, problem }: ProblemError): string => {
  const lines = Object.entries(problem).flatMap(([name, value]) => {
    if (SAID.has(name) || value === undefined) return [];
    const format = listed[name];
    if (format && Array.isArray(value)) return value.map((item) => `  ${format(item)}`);
    if (name === 'hidden') return value === 0 ? [] : [`  and ${value} that you may not see`];
    return [`  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  const request = problem.status >= 500 && problem.requestId ? [`  request ${problem.requestId}`] : [];
  const said = REPEATED.some((name) => Array.isArray(problem[name])) ? `${code}` : message;
  return [`taskport: ${said}`, ...lines, ...request].join('\n');
};

const isProblem = (error: unknown): error is ProblemError => (error as Error).name === 'ProblemError';

/** What a store, or another service of AWS, answered; 0 for what is no answer. */
const statusOf = (error: unknown): number => {
  const { status, $metadata } = error as { status?: number; $metadata?: { httpStatusCode?: number } };
  return status ?? $metadata?.httpStatusCode ?? 0;
};

/** How it is said that nothing listens where the service is meant to be. */
const NOBODY = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** What to look at where the service is not at its address; empty where that is not what is wrong. */
const wayOut = (error: unknown): string => {
  const { isService, cause } = error as { isService?: boolean; cause?: { code?: string; cause?: object } };
  const { code = '' } = (cause?.cause ?? cause ?? {}) as { code?: string };
  if (!isService || !NOBODY.includes(code)) return '';
  return '. Is `npm start` running? For a Taskport elsewhere, set TASKPORT_URL, or choose a context (`taskport context use`)';
};

/** Says what went wrong, and answers the exit code of it. As JSON where that is asked for: the problem, or what is like one. */
export const reportFailure = (error: unknown, io: Pick<Io, 'err' | 'signal'>, isJson: boolean): number => {
  if ((error as Error).name === 'ExitWith') return (error as ExitWith).code;
  if (io.signal.aborted) return codeOfSignal(io.signal);
  if (isProblem(error)) {
    io.err(`${isJson ? JSON.stringify(error.problem) : formatProblem(error)}\n`);
    return error.status === 503 || error.status === 429 ? UNAVAILABLE : REFUSED;
  }
  const { name } = error as Error;
  // It may quote what somebody else has written into a file.
  const message = printable(`${(error as Error).message}${wayOut(error)}`);
  if (name === 'ToldRefusal') return REFUSED;
  if (name === 'ToldUnreachable') return UNAVAILABLE;
  const say = (code: string): void =>
    io.err(`${isJson ? JSON.stringify({ code, detail: message }) : `taskport: ${message}`}\n`);
  const isBusy = statusOf(error) >= 500;
  if (name === 'UnreachableError' || isBusy) {
    say('unreachable');
    return UNAVAILABLE;
  }
  if (name === 'UsageError' || error instanceof TypeError) {
    say('usage');
    return WRONG_USAGE;
  }
  say('failed');
  return REFUSED;
};
