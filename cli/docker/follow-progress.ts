import type Dockerode from 'dockerode';

/** A line of progress of a pull or a load. */
interface Said {
  readonly error?: string;
  /** The layer of this line. */
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Settles once the engine has finished. Throws the error of the last line: the status was good before the work began. */
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
