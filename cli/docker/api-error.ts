/** The status of an engine's refusal; undefined if its answer did not arrive. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { readonly statusCode?: number }).statusCode;

/** The message of an engine's refusal or of a network error, without the whitespace that engines put around it, because it becomes part of a sentence. */
export const wordsOf = (error: unknown): string => {
  const { json, message } = error as Error & { readonly json?: { readonly message?: string } | null };
  return (json?.message ?? message).trim();
};

/** The words with which Docker, its proxy and Podman refuse a port of the machine that is in use. */
const TAKEN =
  /(?:Bind for|listen (?:tcp|udp|sctp)[46]?) (\S*):(\d+)(?: failed: port is already allocated|: bind: address already in use)/;

/** Why an engine did not start a container; shortens the long messages of engines. */
export const wordsOfStart = (error: unknown): string => {
  const said = wordsOf(error);
  const [, address, port] = TAKEN.exec(said) ?? [];
  if (port === undefined) return said;
  const at = /^(?:0\.0\.0\.0|\[?::\]?)?$/.test(address ?? '') ? '' : ` at ${address}`;
  return `port ${port} of the machine is taken already${at}`;
};

/** Answers undefined if the engine refuses with one of these statuses. */
export const except =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
