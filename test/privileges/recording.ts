/**
 * Writes down what functions ask of AWS while tests run: loaded into every process that runs one, it looks at each command of
 * the SDK as it is resolved, presigned ones included, since these are made with the function's credentials. One file a process,
 * one line for each thing that was not seen before.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { functionCalls } from '../../infra/local/function-calls.ts';
import { type FunctionName, type Use, usesOf, usesOfAbsence } from './uses.ts';

/** Names the directory of the records; the suite sets it, and where it is not set nothing is recorded. */
export const RECORDS = 'TASKPORT_TEST_RECORDS';

/** What a function did. */
export type Recorded = readonly [name: FunctionName, ...Use];

type Handler = (args: unknown) => Promise<unknown>;
interface Command {
  readonly input: unknown;
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

/** Has the commands of every client tell; once a process, a process that loads this how often. */
const listen = (): void => {
  // The class that every command of every client extends, by way of one of its own.
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
    const name = atWork.getStore();
    if (name === undefined) return handler;
    const command = (given[3] as { commandName: string }).commandName.replace(/Command$/, '');
    record(usesOf(command, this.input), name);
    return async (args) => {
      try {
        return await handler(args);
      } catch (error) {
        if (isAbsence(error)) record(usesOfAbsence(command, this.input), name);
        throw error;
      }
    };
  };
};

listen();

/** All that was recorded in a directory, each once, in order. */
export const readRecords = (directory: string): readonly Recorded[] => {
  const lines = readdirSync(directory).flatMap((file) =>
    readFileSync(join(directory, file), 'utf8').split('\n'),
  );
  return [...new Set(lines)]
    .filter(Boolean)
    .sort()
    .map((line) => JSON.parse(line) as Recorded);
};
