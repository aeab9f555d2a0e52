import type { ProblemError } from '../client/problem-error.ts';
import { printable } from './details.ts';
import { codeOfSignal, REFUSED, UNAVAILABLE, WRONG_USAGE } from './exit-code.ts';
import type { ExitWith } from './exit-with.ts';
import type { Io } from './io.ts';

/** Members of a problem that are lists, and how to print an item. */
const listed: Readonly<Record<string, (item: Record<string, unknown>) => string>> = {
  issues: ({ path, message }) => `${path}: ${message}`,
  entries: ({ key, reason }) => `${key}: ${reason}`,
  reasons: ({ path, message }) => `${path}: ${message}`,
  references: ({ id, kind }) => `${id} (${kind})`,
};

/** Members that the detail repeats, or that are of no use to people. */
const SAID = new Set(['type', 'title', 'status', 'code', 'detail', 'requestId']);

/** Lists that the detail of a problem repeats. */
const REPEATED = ['issues', 'reasons'];

/** A problem for people: its detail, then each member with more information. */
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

/** The HTTP status of a store or another service of AWS; 0 without an answer. */
const statusOf = (error: unknown): number => {
  const { status, $metadata } = error as { status?: number; $metadata?: { httpStatusCode?: number } };
  return status ?? $metadata?.httpStatusCode ?? 0;
};

/** Error codes that mean that no process listens at the address of the service. */
const NOBODY = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** Errors that Node throws for a fault of the program, and not for wrong input. */
const FAULTS = ['TypeError', 'ReferenceError', 'RangeError'];

/** A hint for a service that is not at its address; empty for other errors. */
const wayOut = (error: unknown): string => {
  const { name, isService, cause } = error as Error & {
    isService?: boolean;
    cause?: { code?: string; cause?: object };
  };
  if (isService && name === 'InputError')
    return '. Correct --url, TASKPORT_URL or the context (`taskport context use`)';
  const { code = '' } = (cause?.cause ?? cause ?? {}) as { code?: string };
  if (!isService || !NOBODY.includes(code)) return '';
  return '. Is `npm start` running? For a Taskport elsewhere, set TASKPORT_URL, or choose a context (`taskport context use`)';
};

/** Prints an error, and answers its exit code. With JSON output, prints the problem or an object like one. */
export const reportFailure = (error: unknown, io: Pick<Io, 'err' | 'signal'>, isJson: boolean): number => {
  if ((error as Error).name === 'ExitWith') return (error as ExitWith).code;
  if (io.signal.aborted) return codeOfSignal(io.signal);
  if (isProblem(error)) {
    io.err(`${isJson ? JSON.stringify(error.problem) : printable(formatProblem(error))}\n`);
    return error.status === 503 || error.status === 429 ? UNAVAILABLE : REFUSED;
  }
  const { name, stack } = error as Error;
  // The message may quote a file of another user.
  const message = printable(`${(error as Error).message}${wayOut(error)}`);
  if (name === 'ToldRefusal') return REFUSED;
  if (name === 'ToldUnreachable') return UNAVAILABLE;
  const say = (code: string, detail = message): void =>
    io.err(`${isJson ? JSON.stringify({ code, detail }) : `taskport: ${detail}`}\n`);
  const isBusy = statusOf(error) >= 500;
  if (name === 'UnreachableError' || isBusy) {
    say('unreachable');
    return UNAVAILABLE;
  }
  if (name === 'UsageError' || name === 'InputError') {
    say('usage');
    return WRONG_USAGE;
  }
  if (FAULTS.includes(name)) {
    say(
      'fault',
      `a fault of Taskport, and not of yours: please report it with these lines: ${printable(stack ?? message)}`,
    );
    return REFUSED;
  }
  say('failed');
  return REFUSED;
};
