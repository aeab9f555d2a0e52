import type { Kind } from '../../lib/kind/index.ts';

/** Where `taskport run` puts what it makes, and where it looks for images and volumes. */
const LOCATIONS: Readonly<Record<string, Kind>> = {
  images: 'image',
  volumes: 'volume',
  machines: 'executor',
};

/** Makes one where it is not there. Answers what is in the way of it. */
const makeLocation = async (url: string, name: string, kind: Kind): Promise<string | undefined> => {
  const found = await fetch(`${url}/v1/locations/${name}`);
  if (found.ok) {
    const { kind: other } = (await found.json()) as { kind: Kind };
    return other === kind ? undefined : `the location ${name} keeps elements of kind ${other}, not ${kind}`;
  }
  const made = await fetch(`${url}/v1/locations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, kind }),
  });
  return made.ok ? undefined : `the location ${name} could not be made: ${await made.text()}`;
};

/** Makes the locations that every Taskport of a machine has, where they are not there. Answers what is in the way of each that is not. */
export const makeLocations = async (url: string): Promise<string[]> => {
  const making = Object.entries(LOCATIONS).map(([name, kind]) =>
    makeLocation(url, name, kind).catch(
      ({ message }: Error) => `the location ${name} could not be made: ${message}`,
    ),
  );
  return (await Promise.all(making)).filter((problem) => problem !== undefined);
};
