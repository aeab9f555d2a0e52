import { Attachments } from './attachments.ts';
import { Compositions } from './compositions.ts';
import { DataOfElements } from './data-of-elements.ts';
import { Elements } from './elements.ts';
import { Events } from './events.ts';
import { type CallOptions, type ClientOptions, Http } from './http.ts';
import { Images } from './images.ts';
import { Locations } from './locations.ts';
import { Outputs } from './outputs.ts';
import { Registry } from './registry.ts';
import { Runners } from './runners.ts';
import { Runs } from './runs.ts';
import { Tags } from './tags.ts';

export interface CallerJson {
  readonly principal: string;
  readonly administrator: boolean;
  readonly administrators?: readonly string[];
}

interface RegistryCredentialsJson {
  readonly username: string;
  readonly password: string;
  readonly expiresAt: string;
}

/**
 * A client of one Taskport. Calls throw `ProblemError` if the service refuses, and `UnreachableError` if it does not answer
 * after all retries.
 *
 * @example
 * const taskport = new Taskport({ url: 'http://127.0.0.1:8787' });
 * for await (const { id, state } of taskport.elements.list({ kind: 'image', location: 'library' })) …
 */
export class Taskport {
  readonly #http: Http;
  readonly locations: Locations;
  readonly elements: Elements;
  readonly data: DataOfElements;
  readonly images: Images;
  readonly tags: Tags;
  readonly compositions: Compositions;
  readonly attachments: Attachments;
  readonly runs: Runs;
  readonly events: Events;
  readonly outputs: Outputs;
  readonly runners: Runners;

  constructor(options: ClientOptions) {
    const http = new Http(options);
    this.#http = http;
    this.locations = new Locations(http);
    this.elements = new Elements(http);
    this.data = new DataOfElements(this.elements);
    this.tags = new Tags(http);
    this.images = new Images(this.elements, this.data, this.tags, new Registry(http, options));
    this.compositions = new Compositions(http);
    this.attachments = new Attachments(http);
    this.runs = new Runs(http);
    this.events = new Events(http);
    this.outputs = new Outputs(http);
    this.runners = new Runners(http);
  }

  /** Whether the service answers; does not check its stores. */
  health(options: CallOptions = {}): Promise<{ readonly status: string }> {
    return this.#http.json({ method: 'GET', path: '/health', ...options });
  }

  /** The caller, as grants name principals; for administrators of the deployment, also a list of them. */
  caller(options: CallOptions = {}): Promise<CallerJson> {
    return this.#http.json({ method: 'GET', path: '/caller', ...options });
  }

  /** A username and password for clients of registries, such as docker, valid for some minutes. */
  registryCredentials(options: CallOptions = {}): Promise<RegistryCredentialsJson> {
    return this.#http.json({ method: 'POST', path: '/registry/credentials', ...options });
  }
}
