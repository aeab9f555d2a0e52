import { stringify } from 'yaml';

/** A thing as a document of YAML, without anchors; long texts are not folded. */
export const toYaml = (thing: unknown): string =>
  stringify(thing, { lineWidth: 0, aliasDuplicateObjects: false });
