import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');

/** The files that CONTRIBUTING.md names for an addition, by its name there: `A kind`. The name replaces `<…>`. */
export const placesOf = (addition: string, name: string): string[] => {
  const line = page.split(/^- /m).find((each) => each.startsWith(`**${addition}**`));
  if (line === undefined) throw new Error(`CONTRIBUTING.md says nothing of ${addition}`);
  const paths = [...line.matchAll(/`([\w-]+\/[\w/.<>-]+\.ts)`/g)].map(([, path = '']) => path);
  return paths.map((path) => path.replace(/<\w+>/g, name));
};
