/** Runs what the service plans, as whoever has machines would do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OciPlan } from '../../lib/composition/plan/oci-schema.ts';
import { type FetchLayer, makeBundle, programs, runc, withoutRunc } from '../bundle.ts';
import { type Layer, packLayer, rootFilesystem } from './layer.ts';

export interface Ran {
  readonly command: string;
  readonly output: string;
  readonly exitCode: number | null;
}

/** A root with a shell and the named programs; where nothing is run, only its bytes matter. */
export const runnableRoot = (...more: readonly string[]): Promise<Layer> =>
  withoutRunc() === undefined ? packLayer(programs('/bin/sh', ...more)) : rootFilesystem();

let ran = 0;

/** Fetches the layers of a plan, and runs it with runc; answers why that is not possible here. */
export const runPlan = async (plan: OciPlan, fetchLayer: FetchLayer): Promise<Ran | string> => {
  const without = withoutRunc();
  if (without !== undefined) return without;
  const directory = mkdtempSync(join(tmpdir(), 'taskport-workflow-'));
  try {
    await makeBundle(plan, directory, fetchLayer);
    ran += 1;
    const name = `taskport-${process.pid}-${ran}`;
    const { status, stdout, stderr } = runc(directory, 'run', '--bundle', directory, name);
    return { command: `runc run --bundle … ${name}`, output: `${stdout}${stderr}`, exitCode: status };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
