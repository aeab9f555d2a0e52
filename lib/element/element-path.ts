import type { ElementId } from './id.ts';

/** The path of an element in the API, by which answers and plans refer to it. */
export const elementPath = ({ kind, location, name }: ElementId): string =>
  `/v1/elements/${kind}/${location}/${encodeURIComponent(name)}`;
