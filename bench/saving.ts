import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WrittenVolume } from '../lib/execution/engine.ts';
import { startDocker, withoutDocker } from '../test/docker/dockerd.ts';
import { at, EXECUTOR, Shelf } from '../test/docker/shelf.ts';
import { SAVING_BAR, UNCHANGED_BAR } from './bars.ts';
import { atMost, exactly, type Figure, median } from './figures.ts';

const VOLUME = 'volume://data/many';
const FILES = 50_000;
const BYTES = 2 ** 30;
const CHANGED_BYTES = 10 * 2 ** 20;
const ROUNDS = 3;

const SIZE = Math.floor(BYTES / FILES);
const nameOf = (file: number): string => join(`d${Math.floor(file / 500)}`, `f${file}`);

const timed = async (work: () => unknown): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/**
 * Time to save 1 GiB in 50,000 files, unchanged and with 10 MiB changed, over `tar | sha256sum` of the same files, which reads and hashes all and
 * writes nothing. The sent data is read and discarded.
 */
export const measureSaving = async (): Promise<Figure[]> => {
  const lack = withoutDocker();
  if (lack !== undefined) {
    console.error(`not measured: ${lack}`);
    return [];
  }
  const engine = await startDocker();
  const shelf = new Shelf(engine.host);
  const abort = new AbortController().signal;
  let sent = 0;
  const save = (volume: WrittenVolume): Promise<string> =>
    shelf.storage.writes.save(
      volume,
      async ({ size, checksum, read }) => {
        for await (const bytes of read(0, size)) sent += (bytes as Buffer).length;
        data = checksum;
      },
      { abort },
    );
  let data: string | undefined;
  const [plain, unchanged, changed]: [number[], number[], number[]] = [[], [], []];
  const outcomes = new Set<string>();
  let sentUnchanged = 0;
  try {
    const volume = { executorId: EXECUTOR, volumeId: VOLUME, attachment: 'one' };
    const [mount] = await shelf.prepare([{ ...at('/mnt', VOLUME), attachment: 'one' }]);
    const place = await shelf.placeOf(mount);
    for (let file = 0; file < FILES; file += 1) {
      if (file % 500 === 0) mkdirSync(join(place, `d${Math.floor(file / 500)}`));
      writeFileSync(join(place, nameOf(file)), randomBytes(SIZE));
    }
    await save(volume);
    for (let round = 0; round < ROUNDS; round += 1) {
      const base = { ...volume, base: data as string };
      plain.push(
        await timed(() =>
          spawnSync('sh', ['-c', 'tar -c -C "$1" . | sha256sum', 'sh', place], { stdio: 'ignore' }),
        ),
      );
      sent = 0;
      unchanged.push(await timed(async () => outcomes.add(await save(base))));
      sentUnchanged += sent;
      for (let file = round; file < CHANGED_BYTES / SIZE; file += 1)
        writeFileSync(join(place, nameOf(file * 90)), randomBytes(SIZE));
      changed.push(await timed(() => save(base)));
    }
  } finally {
    await shelf.close();
    await engine.stop();
  }
  const [whole, none, some] = [plain, unchanged, changed].map(median) as [number, number, number];
  const told = [whole, none, some].map((each) => each.toFixed(0));
  console.error(
    `milliseconds: \`tar | sha256sum\` ${told[0]}, nothing changed ${told[1]}, 10 MiB changed ${told[2]}`,
  );
  return [
    atMost(
      'a save of 50,000 files of which none changed, over `tar | sha256sum`',
      none / whole,
      UNCHANGED_BAR,
    ),
    exactly('what became of it', [...outcomes].join(), 'unchanged'),
    exactly('bytes sent of it', String(sentUnchanged), '0'),
    atMost('a save of which 10 MiB of 1 GiB changed, over `tar | sha256sum`', some / whole, SAVING_BAR),
  ];
};
