/** Follows the events of a running Taskport, and prints each once: `npx tsx examples/consumer/main.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { consume } from 'taskport/events';
import { FileMemory } from './file-memory.ts';
import { printEvent } from './print-event.ts';

const URL_OF_TASKPORT = process.env.TASKPORT_URL ?? 'http://127.0.0.1:8787';
const memory = new FileMemory(process.env.CONSUMER_STATE ?? '.taskport/consumer-state.json');
const PAUSE_MS = 500;

interface Page {
  readonly items: readonly unknown[];
  readonly after: string;
}

/** The next page of the log; undefined if the service does not answer now but may do so later. */
const nextPage = async (): Promise<Page | undefined> => {
  const query = memory.after === undefined ? '' : `?after=${encodeURIComponent(memory.after)}`;
  let response: Response;
  try {
    response = await fetch(`${URL_OF_TASKPORT}/v1/events${query}`);
  } catch {
    return undefined;
  }
  if (response.ok) return (await response.json()) as Page;
  if (response.status === 429 || response.status >= 500) return undefined;
  throw new Error(`${response.status} ${await response.text()}`);
};

const consumer = consume(printEvent, { memory });

for (;;) {
  const page = await nextPage();
  // Handles events one after another, in the order of the log; if a handler throws, the run ends, and the next one begins with that event.
  for (const event of page?.items ?? []) await consumer(event);
  if (page) memory.moveTo(page.after);
  if (!page || page.items.length === 0) await sleep(PAUSE_MS);
}
