/**
 * The longest wait of a test: long enough for any busy machine, so a longer one means a hang. The limit of a whole test (`testTimeout` of the
 * configuration) is longer, so that a failure names the missing event.
 */
export const PATIENCE = { timeout: 120_000, interval: 100 };
