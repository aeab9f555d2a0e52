import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { LaunchTable } from '../../lib/adapters/dynamodb/launch-table.ts';
import type { Launch } from '../../lib/execution/launch.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

const AT = '2026-01-31T12:00:00.000Z';
/** A launch of an executor that no other test uses. */
const aLaunch = (more: Partial<Launch> = {}): Launch => ({
  executorId: `executor://boxes/${randomUUID()}`,
  since: AT,
  tasks: [{ taskId: 'task://jobs/main', attempt: 1, container: 'jobs_main' }],
  definition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/boxes_box-1:1',
  token: randomUUID(),
  askedAt: AT,
  firstAskedAt: AT,
  ...more,
});

/** The contract of launches. */
export const launchContract = (engine: Engine): void => {
  describe('launches', () => {
    const open = useStores(engine);
    let stores: Stores;
    let launches: LaunchTable;
    beforeEach(() => {
      stores = open();
      launches = new LaunchTable(stores.table);
    });

    it('are written if they are unchanged since they were read, and not otherwise', async () => {
      const launch = aLaunch();
      expect(await launches.get(launch.executorId)).toBeUndefined();
      const kept = await launches.put(launch, undefined);
      expect(await launches.get(launch.executorId)).toEqual(kept);
      expect(await launches.put({ ...launch, token: randomUUID() }, undefined)).toBeUndefined();
      const next = await launches.put({ ...launch, engineTask: 'arn:1' }, kept);
      expect(await launches.put({ ...launch, engineTask: 'arn:2' }, kept)).toBeUndefined();
      // Even equal contents count as a change, because a process has announced its request.
      const again = await launches.put({ ...launch, engineTask: 'arn:1' }, next);
      expect(await launches.put({ ...launch, isOver: true }, next)).toBeUndefined();
      expect(await launches.get(launch.executorId)).toEqual(again);
    });

    it('are written once by concurrent callers', async () => {
      const launch = aLaunch();
      const all = Array.from({ length: 8 }, () =>
        launches.put({ ...launch, token: randomUUID() }, undefined),
      );
      expect((await Promise.all(all)).filter((kept) => kept !== undefined)).toHaveLength(1);
    });

    it('are found by their token, even after a replacement, and listed until they are over', async () => {
      const [launch, other] = [aLaunch(), aLaunch()];
      const listed = async () =>
        (await launches.open()).filter((id) => id === launch.executorId || id === other.executorId).length;
      const kept = await launches.put(launch, undefined);
      await launches.put(other, undefined);
      const token = randomUUID();
      const renewed = await launches.put({ ...launch, token }, kept);
      for (const one of [launch.token, token]) expect(await launches.executorOf(one)).toBe(launch.executorId);
      expect(await launches.executorOf(randomUUID())).toBeUndefined();
      expect(await listed()).toBe(2);
      const over = await launches.put({ ...launch, token, isOver: true }, renewed);
      expect(await listed()).toBe(1);
      expect((await launches.get(launch.executorId))?.launch.isOver).toBe(true);
      await launches.put({ ...launch, token: randomUUID() }, over);
      expect(await listed()).toBe(2);
    });

    it('are ignored by the sweeper, and deleted once nobody works by them', async () => {
      const launch = aLaunch();
      const kept = await launches.put(launch, undefined);
      await stores.sweep(10 * 86_400_000);
      await stores.expire(7 * 86_400_000);
      expect(await launches.get(launch.executorId)).toEqual(kept);
      const over = await launches.put({ ...launch, isOver: true }, kept);
      // No other row names the definition that remains to be given up after the composition is deleted.
      await stores.expire(9 * 86_400_000);
      expect(await launches.get(launch.executorId)).toEqual(over);
      await launches.put({ ...launch, isOver: true, isForgotten: true }, over);
      await stores.expire(9 * 86_400_000);
      const rows = await stores.rows();
      expect(rows.filter((row) => JSON.stringify(row).includes(launch.executorId))).toEqual([]);
    });
  });
};
