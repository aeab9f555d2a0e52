/** The status by which an engine refused a call; undefined where its answer did not come. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { readonly statusCode?: number }).statusCode;

/** What an engine says of a refusal, or the network of what it did not carry, without the space that engines leave around it: it is put into sentences. */
export const wordsOf = (error: unknown): string => {
  const { json, message } = error as Error & { readonly json?: { readonly message?: string } | null };
  return (json?.message ?? message).trim();
};

/** Takes refusals of these statuses for an answer of nothing. */
export const except =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
