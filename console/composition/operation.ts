/** A change of a composition, which gets the latest handle. */
export type Operation = (handle: string) => Promise<unknown>;
