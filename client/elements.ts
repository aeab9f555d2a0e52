import type * as z from 'zod/mini';
import type { Report, ReportRequest } from '../lib/composition/report-request.ts';
import type { CompositionJson } from '../lib/composition/shown-composition.ts';
import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { elementRequest } from '../lib/element/element-request.ts';
import type { PageJson } from '../lib/element/page.ts';
import type { ElementJson } from '../lib/element/representation.ts';
import type { MetadataJson, Reference } from '../lib/element/shown-element.ts';
import type { SpecOf } from '../lib/element/specs.ts';
import type { UploadJson } from '../lib/element/upload/upload-schema.ts';
import type { AuditEntry } from '../lib/event/audit-entry.ts';
import type { Kind } from '../lib/kind/index.ts';
import type { Frozen } from '../lib/shown.ts';
import { elementPath, taskPath } from './element-path.ts';
import {
  type CallOptions,
  type ChangeOptions,
  type Http,
  type PostOptions,
  type Tagged,
  taggedOf,
} from './http.ts';
import { Pages } from './pages.ts';
import type { KindOf, Patch } from './spec.ts';

/** A new element. Free space in KiB, sizes in bytes; a checksum is `algorithm:hex`, inline data has up to 4 MiB. */
export interface NewElement<I extends string = string>
  extends Omit<Frozen<z.input<typeof elementRequest>>, 'id' | 'metadata' | 'spec'> {
  readonly id: I;
  readonly metadata?: { readonly ro?: MetadataJson; readonly rw?: MetadataJson };
  /** The specification, merged over the parent's. */
  readonly spec?: Patch<SpecOf<KindOf<I>>>;
}

/** A new element, without its data. */
export type ElementDescription<I extends string = string> = Omit<NewElement<I>, 'size' | 'data'>;

/** A merge patch (RFC 7396): null deletes. */
export interface ElementPatch<I extends string = string> {
  readonly metadata?: { readonly rw?: Readonly<Record<string, MetadataJson[string] | null>> };
  readonly freeSpace?: number | null;
  readonly spec?: Patch<SpecOf<KindOf<I>>>;
}

/** An element, with the specification of its kind. */
export type ElementOf<K extends Kind = Kind> = ElementJson<SpecOf<K>>;

/** An element, and the signed requests that upload its data. */
export interface AwaitedElement<K extends Kind = Kind> extends ElementJson<SpecOf<K>> {
  readonly upload?: UploadJson;
}

/** An element as a read shows it. */
export interface ReadElement<K extends Kind = Kind> extends ElementJson<SpecOf<K>> {
  /** Executors only: their composition. */
  readonly composition?: CompositionJson;
}

/** A query for elements of a location. */
export interface ElementQuery<K extends Kind = Kind> extends CallOptions {
  readonly kind: K;
  readonly location: string;
  /** `ro.os=linux`, `parent=…`, `state=ready`, `name^=…`. */
  readonly filter?: readonly string[];
  /** The most items of a page. */
  readonly limit?: number;
}

/** Elements of every kind; an ID is `<kind>://<location>/<name>`. */
export class Elements {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  create<I extends string>(
    element: NewElement<I>,
    options: PostOptions = {},
  ): Promise<Tagged<AwaitedElement<KindOf<I>>>> {
    return this.#http.tagged({ method: 'POST', path: '/elements', body: element, ...options });
  }

  /** `fields` are `attributes`, `ro`, `rw`, `spec`, `tasks`, `composition`, and keys such as `ro.os`; all by default. */
  read<I extends string>(
    id: I,
    options: CallOptions & { readonly fields?: readonly string[] } = {},
  ): Promise<Tagged<ReadElement<KindOf<I>>>> {
    const { fields, ...rest } = options;
    return this.#http.tagged({
      method: 'GET',
      path: elementPath(id),
      query: { fields: fields?.join(',') },
      ...rest,
    });
  }

  update<I extends string>(
    id: I,
    patch: ElementPatch<I>,
    options: ChangeOptions = {},
  ): Promise<Tagged<ElementOf<KindOf<I>>>> {
    return this.#http.tagged({ method: 'PATCH', path: elementPath(id), body: patch, ...options });
  }

  delete(id: string, options: ChangeOptions = {}): Promise<void> {
    return this.#http.delete({ path: elementPath(id), ...options });
  }

  list<K extends Kind>({ kind, location, filter, limit, ...options }: ElementQuery<K>): Pages<ElementOf<K>> {
    return new Pages((cursor) =>
      this.#http.json({
        method: 'GET',
        path: '/elements',
        query: { kind, location, filter, limit, cursor },
        ...options,
      }),
    );
  }

  /** The ancestors of an element, the parent first. */
  lineage(id: string, options: CallOptions = {}): Promise<PageJson<ElementOf>> {
    return this.#http.json({ method: 'GET', path: `${elementPath(id)}/lineage`, ...options });
  }

  children(id: string, options: CallOptions = {}): Pages<ElementOf> {
    return this.#pages(`${elementPath(id)}/children`, options);
  }

  /** The elements that prevent the delete of an element. */
  references(id: string, options: CallOptions = {}): Pages<Reference> {
    return this.#pages(`${elementPath(id)}/references`, options);
  }

  /** The events of an element, the earliest first. */
  audit(id: string, options: CallOptions = {}): Pages<AuditEntry> {
    return this.#pages(`${elementPath(id)}/audit`, options);
  }

  /** Sends up to 4 MiB to an element that awaits its data without signed requests. */
  putData(id: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Tagged<ElementOf>> {
    return this.#http.tagged({ method: 'PUT', path: `${elementPath(id)}/data`, body: bytes, ...options });
  }

  /** A URL for its data, valid for some minutes, and the checksum. */
  async locateData(id: string, options: CallOptions = {}): Promise<{ url: string; checksum: string }> {
    const path = `${elementPath(id)}/data`;
    const call = { method: 'GET', path, accept: '*/*', mayRedirect: true, ...options } as const;
    const { headers } = await this.#http.send(call);
    const url = headers.get('location');
    if (url !== null) return { url, checksum: (headers.get('etag') ?? '').replaceAll('"', '') };
    const { checksum = '' } = await this.read(id, { fields: ['attributes'], ...options });
    return { url: await this.#http.follow(call), checksum };
  }

  /** Renews the signed requests of an upload, page by page. */
  readUpload(id: string, cursor?: string, options: CallOptions = {}): Promise<UploadJson> {
    return this.#http.json({
      method: 'GET',
      path: `${elementPath(id)}/data/upload`,
      query: { cursor },
      ...options,
    });
  }

  /** Starts the replacement of a volume's data. */
  replaceData(
    id: string,
    data: { readonly size: number; readonly checksum: string },
    options: PostOptions & ChangeOptions = {},
  ): Promise<Tagged<AwaitedElement>> {
    return this.#http.tagged({
      method: 'POST',
      path: `${elementPath(id)}/data/upload`,
      body: data,
      ...options,
    });
  }

  /**
   * Starts to compute the digest of an image from before digests were recorded, its parent's first. The answer is settled if the image has a
   * digest or no layers; otherwise the service reads its data, and the image soon has a `digest` or a `problem`.
   */
  async computeDigest(
    id: string,
    options: CallOptions = {},
  ): Promise<{ readonly element: Tagged<ElementOf>; readonly isSettled: boolean }> {
    const path = `${elementPath(id)}/data/verify`;
    const answer = await this.#http.send({ method: 'POST', path, ...options });
    return { element: taggedOf(answer), isSettled: answer.status === 200 };
  }

  /** Reports that all parts are uploaded. A repeated call answers the state of the data: settled once the service has accepted or refused it. */
  async completeUpload(
    id: string,
    parts?: readonly UploadedPart[],
    options: PostOptions = {},
  ): Promise<{ readonly element: Tagged<ElementOf>; readonly isSettled: boolean }> {
    const body = parts === undefined ? {} : { parts };
    const path = `${elementPath(id)}/data/complete`;
    const answer = await this.#http.send({ method: 'POST', path, body, ...options });
    return { element: taggedOf(answer), isSettled: answer.status === 200 };
  }

  /** The tasks associated with an image or a volume. */
  tasks(storageId: string, options: CallOptions = {}): Promise<PageJson<{ readonly id: string }>> {
    return this.#http.json({ method: 'GET', path: `${elementPath(storageId)}/tasks`, ...options });
  }

  associate(storageId: string, taskId: string, options: CallOptions = {}): Promise<Tagged<ElementOf>> {
    return this.#http.tagged({ method: 'PUT', path: taskPath(storageId, taskId), ...options });
  }

  dissociate(storageId: string, taskId: string, options: CallOptions = {}): Promise<void> {
    return this.#http.delete({ path: taskPath(storageId, taskId), ...options });
  }

  /** For runners: reports on a task. */
  report(
    executorId: string,
    taskId: string,
    report: ReportRequest,
    options: PostOptions = {},
  ): Promise<Report> {
    const path = `${taskPath(executorId, taskId)}/reports`;
    return this.#http.json({ method: 'POST', path, body: report, ...options });
  }

  /** The reports on a task, the earliest first. */
  reports(executorId: string, taskId: string, options: CallOptions = {}): Pages<Report> {
    return this.#pages(`${taskPath(executorId, taskId)}/reports`, options);
  }

  #pages<T>(path: string, options: CallOptions): Pages<T> {
    return new Pages((cursor) => this.#http.json({ method: 'GET', path, query: { cursor }, ...options }));
  }
}
