import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Examples } from '../../docs/generate/examples.ts';
import { operations } from '../../functions/api/contract/contract.ts';
import { problemCodes } from '../../lib/errors.ts';
import { type LoggedTaskport, startLogged } from '../functions/api/event-stream.ts';
import { tellOfCalls } from './calls.ts';
import { meetProblems } from './refusals.ts';
import { Story } from './story.ts';

let taskport: LoggedTaskport;
let told: Examples;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
  const story = new Story(taskport);
  await tellOfCalls(story);
  await meetProblems(story);
  told = story.examples;
});
afterAll(() => taskport.stop());

it('every call and every problem has an example', () => {
  expect(Object.keys(told.operations).sort()).toEqual(operations.map(({ id }) => id).sort());
  expect(Object.keys(told.problems).sort()).toEqual([...problemCodes].sort());
});

it('the examples are real answers (`npx vitest run test/openapi/examples -u` records them)', async () => {
  await expect(`${JSON.stringify(told, null, 2)}\n`).toMatchFileSnapshot('../../docs/generate/examples.json');
});
