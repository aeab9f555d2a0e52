import type { CallOptions } from '../../client/http.ts';
import type { RemoteImage } from '../../client/remote-image.ts';
import type { Taskport } from '../../client/taskport.ts';

/** The registry of the service, for an engine and its runner. */
export interface ServiceRegistry {
  /** The address for the engine: `host:port`. */
  readonly authority: string;
  /** A credential with which an engine pulls, for some minutes. */
  token(options: CallOptions): Promise<string>;
  /** An image by the ID of its element. */
  open(id: string, options: CallOptions): Promise<RemoteImage>;
}

export const registryOf = (taskport: Taskport, service: URL): ServiceRegistry => ({
  authority: service.host,
  token: async (options) => (await taskport.registryCredentials(options)).password,
  open: (id, options) => taskport.images.open(id, options),
});
