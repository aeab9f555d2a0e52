import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { renderOci } from '../../lib/composition/plan/oci.ts';
import { type Engine, LaunchError } from '../../lib/execution/engine.ts';
import type { RuncExecutor } from '../runc/runc-executor.ts';

/** Runs composed containers by runc: each is drawn as an OCI bundle. */
export const runcEngine = (
  executor: RuncExecutor,
  assertLet: (container: ComposedContainer) => void = () => {},
): Engine => ({
  async start(attempt, container, options) {
    assertLet(container);
    const rendered = renderOci(container);
    if ('plan' in rendered) return executor.start(attempt, rendered.plan, options);
    const reasons = rendered.reasons.map(({ path, message }) => `${path}: ${message}`);
    throw new LaunchError(`oci cannot run it: ${reasons.join('; ')}`);
  },
  signal: (attempt, signal, count) => executor.signal(attempt, signal, count),
  stop: (attempt) => executor.stop(attempt),
  check: (attempt) => executor.check(attempt),
  find: () => executor.find(),
  forget: (attempt) => executor.forget(attempt),
  release: (executorId, kept) => executor.release(executorId, kept),
  releaseVolume: (volumeId) => executor.releaseVolume(volumeId),
  close: () => executor.close(),
});
