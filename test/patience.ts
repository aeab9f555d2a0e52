/**
 * How long a test waits for what has to come about: so long that no busy machine makes a failure of it. What takes longer than this
 * hangs; the clock that ends a test (`testTimeout` of the configuration) is longer still, so that a failure says what did not come.
 */
export const PATIENCE = { timeout: 120_000, interval: 25 };
