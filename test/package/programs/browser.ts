/** Uses the Taskport that served the page. Answers the results. */
import { Taskport } from 'taskport/client';

export const use = async (name: string): Promise<object> => {
  const taskport = new Taskport({ url: location.origin });
  await taskport.locations.create({ name, kind: 'image' });
  const id = `image://${name}/one` as const;
  // More than the API accepts in one piece; an empty archive may end with zeros.
  const bytes = new Uint8Array(5 * 2 ** 20);
  const phases = new Set<string>();
  const onProgress = ({ phase }: { phase: string }): void => void phases.add(phase);
  const made = await taskport.data.upload({ id }, new Blob([bytes]), { onProgress });
  let received = 0;
  const { checksum } = await taskport.data.download(id, async ({ length }) => {
    received += length;
  });
  const refused = await taskport.data.download(id, 'a/path').catch((error: Error) => error.message);
  for await (const { event } of taskport.events.watch({ id, signal: AbortSignal.timeout(30_000) })) {
    return {
      same: checksum === made.checksum,
      received,
      phases: [...phases],
      heard: event['detail-type'],
      refused,
    };
  }
  return {};
};
