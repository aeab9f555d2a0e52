import type { Kind } from '../../lib/kind/index.ts';

/** Where `taskport run` puts what it makes, and where it looks for images and volumes. */
const LOCATIONS: Readonly<Record<string, Kind>> = {
  images: 'image',
  volumes: 'volume',
  machines: 'executor',
};

/** Makes the locations that every Taskport of a machine has, where they are not there. Answers what is in the way of one. */
export const makeLocations = async (url: string): Promise<string[]> => {
  const making = Object.entries(LOCATIONS).map(async ([name, kind]): Promise<string[]> => {
    const found = await fetch(`${url}/v1/locations/${name}`);
    if (found.ok) {
      const { kind: other } = (await found.json()) as { kind: Kind };
      return other === kind ? [] : [`the location ${name} keeps elements of kind ${other}, not ${kind}`];
    }
    const made = await fetch(`${url}/v1/locations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, kind }),
    });
    return made.ok ? [] : [`the location ${name} could not be made: ${await made.text()}`];
  });
  return (await Promise.all(making)).flat();
};
