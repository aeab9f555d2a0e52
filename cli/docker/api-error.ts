/** The status by which an engine refused a call; undefined where its answer did not come. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { readonly statusCode?: number }).statusCode;

/** What an engine says of a refusal, or the network of what it did not carry, without the space that engines leave around it: it is put into sentences. */
export const wordsOf = (error: unknown): string => {
  const { json, message } = error as Error & { readonly json?: { readonly message?: string } | null };
  return (json?.message ?? message).trim();
};

/** How Docker, its proxy and Podman say that a port of the machine is taken. */
const TAKEN =
  /(?:Bind for|listen (?:tcp|udp|sctp)[46]?) (\S*):(\d+)(?: failed: port is already allocated|: bind: address already in use)/;

/** Why an engine did not start something: in few words, where it says them in many. */
export const wordsOfStart = (error: unknown): string => {
  const said = wordsOf(error);
  const [, address, port] = TAKEN.exec(said) ?? [];
  if (port === undefined) return said;
  const at = /^(?:0\.0\.0\.0|\[?::\]?)?$/.test(address ?? '') ? '' : ` at ${address}`;
  return `port ${port} of the machine is taken already${at}`;
};

/** Takes refusals of these statuses for an answer of nothing. */
export const except =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
