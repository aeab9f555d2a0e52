const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * A signal that aborts with the first of these. It keeps them in memory: of itself, `AbortSignal.any` refers to them weakly, so Node 20
 * collects a timeout that nothing else refers to, and it never aborts (https://github.com/nodejs/node/issues/57736).
 */
export const firstAborted = (...signals: readonly (AbortSignal | undefined)[]): AbortSignal => {
  const given = signals.filter((signal) => signal !== undefined);
  // biome-ignore lint/plugin: the signals are kept below
  const first = AbortSignal.any(given);
  sources.set(first, given);
  return first;
};
