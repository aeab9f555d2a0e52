import type { Kind } from '../../lib/kind/index.ts';

/** The default locations of `taskport run` for what it creates and for images and volumes. */
const LOCATIONS: Readonly<Record<string, Kind>> = {
  images: 'image',
  volumes: 'volume',
  machines: 'executor',
};

/** Makes a location if it is missing. Answers the reason if it cannot. */
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

/** Makes the default locations that are missing, in order. Answers the reason for each that it cannot make. */
export const makeLocations = async (url: string): Promise<string[]> => {
  const problems: string[] = [];
  for (const [name, kind] of Object.entries(LOCATIONS)) {
    const problem = await makeLocation(url, name, kind).catch(
      ({ message }: Error) => `the location ${name} could not be made: ${message}`,
    );
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
};
