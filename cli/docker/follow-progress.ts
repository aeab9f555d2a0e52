import type Dockerode from 'dockerode';

/** A line that an engine says while it pulls or loads. */
interface Said {
  readonly error?: string;
  /** What it is about: a layer. */
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Settles once the engine has done what it tells of. Throws what it says at last: its status was good before it began. */
export const followed = (
  docker: Dockerode,
  stream: NodeJS.ReadableStream,
  onSaid: (said: Said) => void = () => {},
): Promise<void> =>
  new Promise((settle, fail) => {
    docker.modem.followProgress(
      stream,
      (error, said: readonly Said[] | null) => {
        const refused = said?.find((line) => line.error !== undefined)?.error;
        if (error) fail(error);
        else if (refused !== undefined) fail(new Error(refused));
        else settle();
      },
      onSaid,
    );
  });
