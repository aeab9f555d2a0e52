import type { CallOptions } from '../../client/http.ts';
import type { RemoteImage } from '../../client/remote-image.ts';
import type { Taskport } from '../../client/taskport.ts';

/** The registry of the service, as an engine and its runner use it. */
export interface ServiceRegistry {
  /** Where an engine finds it: `host:port`. */
  readonly authority: string;
  /** A credential that lets an engine pull, for some minutes. */
  token(options: CallOptions): Promise<string>;
  /** An image by the ID of its element. */
  open(id: string, options: CallOptions): Promise<RemoteImage>;
}

export const registryOf = (taskport: Taskport, service: URL): ServiceRegistry => ({
  authority: service.host,
  token: async (options) => (await taskport.registryCredentials(options)).password,
  open: (id, options) => taskport.images.open(id, options),
});
