/**
 * Records the AWS requests of functions during tests. It is loaded into every process that runs functions, and sees each command of the SDK,
 * presigned ones included, because these use the function's credentials. One file for each process, one line for each new use.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { functionCalls } from '../../infra/local/function-calls.ts';
import { type FunctionName, type Use, usesOf, usesOfAbsence } from './uses.ts';

/** The directory of the records; the suite sets it, and without it nothing is recorded. */
export const RECORDS = 'TASKPORT_TEST_RECORDS';

/** An action of a function. */
export type Recorded = readonly [name: FunctionName, ...Use];

type Handler = (args: { readonly input: unknown }) => Promise<unknown>;
interface Command {
  resolveMiddlewareWithContext(...given: unknown[]): Handler;
}

const atWork = new AsyncLocalStorage<FunctionName>();
const seen = new Set<string>();

const record = (uses: readonly Use[], name: FunctionName): void => {
  const directory = process.env[RECORDS];
  if (directory === undefined) return;
  for (const use of uses) {
    const line = JSON.stringify([name, ...use]);
    if (seen.has(line)) continue;
    seen.add(line);
    appendFileSync(join(directory, `${process.pid}.jsonl`), `${line}\n`);
  }
};

const isAbsence = (error: unknown): boolean =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404;

const RECORDING = Symbol.for('taskport.recording');

/** Records the commands of every client, once for each process, however often it loads this. */
const listen = (): void => {
  // The base class of all commands of all clients, behind a class for each client.
  const { prototype } = Object.getPrototypeOf(Object.getPrototypeOf(GetItemCommand)) as {
    readonly prototype: Command & { [RECORDING]?: true };
  };
  const resolve = prototype.resolveMiddlewareWithContext;
  if (resolve === undefined)
    throw new Error('commands are resolved in another way now: nothing would be recorded');
  if (prototype[RECORDING]) return;
  prototype[RECORDING] = true;
  functionCalls.bindStore(atWork, (name) => name as FunctionName);
  prototype.resolveMiddlewareWithContext = function (this: Command, ...given) {
    const handler = resolve.apply(this, given);
    const command = (given[3] as { commandName: string }).commandName.replace(/Command$/, '');
    // A client may keep this for all calls of a command.
    return async (args) => {
      const name = atWork.getStore();
      if (name === undefined) return handler(args);
      record(usesOf(command, args.input), name);
      try {
        return await handler(args);
      } catch (error) {
        if (isAbsence(error)) record(usesOfAbsence(command, args.input), name);
        throw error;
      }
    };
  };
};

listen();

/** All records in a directory, each once, in order. */
export const readRecords = (directory: string): readonly Recorded[] => {
  const lines = readdirSync(directory).flatMap((file) =>
    readFileSync(join(directory, file), 'utf8').split('\n'),
  );
  return [...new Set(lines)]
    .filter(Boolean)
    .sort()
    .map((line) => JSON.parse(line) as Recorded);
};
