/** What is done to a composition: it is given the latest handle. */
export type Operation = (handle: string) => Promise<unknown>;
