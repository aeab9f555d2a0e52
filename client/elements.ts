import type { Report } from '../lib/composition/report.ts';
import type { CompositionJson } from '../lib/composition/representation.ts';
import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { Reference } from '../lib/element/element.ts';
import type { Spec } from '../lib/element/kind-rules.ts';
import type { MetadataJson } from '../lib/element/metadata.ts';
import type { PageJson } from '../lib/element/page.ts';
import type { ElementJson } from '../lib/element/representation.ts';
import type { UploadJson } from '../lib/element/upload.ts';
import type { AuditEntry } from '../lib/event/read-audit.ts';
import type { Kind } from '../lib/location/location.ts';
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

/** What is said of a new element. Sizes in bytes, free space in KiB; a checksum is `algorithm:hex`. */
export interface NewElement {
  readonly id: string;
  readonly parentId?: string;
  readonly checksum?: string;
  readonly size?: number;
  readonly freeSpace?: number;
  readonly metadata?: { readonly ro?: MetadataJson; readonly rw?: MetadataJson };
  readonly spec?: Spec;
  /** Absent for an element of metadata alone; inline up to 4 MiB. */
  readonly data?: { readonly base64: string } | { readonly upload: true };
}

/** A merge patch (RFC 7396): null deletes. */
export interface ElementPatch {
  readonly metadata?: { readonly rw?: Readonly<Record<string, MetadataJson[string] | null>> };
  readonly freeSpace?: number | null;
  readonly spec?: Spec;
}

/** An element, and the signed requests that its data is awaited by. */
export interface AwaitedElement extends ElementJson {
  readonly upload?: UploadJson;
}

/** An element as a read shows it. */
export interface ReadElement extends ElementJson {
  /** Of an executor: what it is composed of. */
  readonly composition?: CompositionJson;
}

/** Which elements of a location are listed. */
export interface ElementQuery extends CallOptions {
  readonly kind: Kind;
  readonly location: string;
  /** `ro.os=linux`, `parent=…`, `state=ready`, `name^=…`. */
  readonly filter?: readonly string[];
  /** Of a page. */
  readonly limit?: number;
}

/** Elements of every kind; an ID is `<kind>://<location>/<name>`. */
export class Elements {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  create(element: NewElement, options: PostOptions = {}): Promise<Tagged<AwaitedElement>> {
    return this.#http.tagged({ method: 'POST', path: '/elements', body: element, ...options });
  }

  /** `fields` are `attributes`, `ro`, `rw`, `spec`, `tasks`, `composition`, and keys such as `ro.os`; all by default. */
  read(
    id: string,
    options: CallOptions & { readonly fields?: readonly string[] } = {},
  ): Promise<Tagged<ReadElement>> {
    const { fields, ...rest } = options;
    return this.#http.tagged({
      method: 'GET',
      path: elementPath(id),
      query: { fields: fields?.join(',') },
      ...rest,
    });
  }

  update(id: string, patch: ElementPatch, options: ChangeOptions = {}): Promise<Tagged<ElementJson>> {
    return this.#http.tagged({ method: 'PATCH', path: elementPath(id), body: patch, ...options });
  }

  delete(id: string, options: ChangeOptions = {}): Promise<void> {
    return this.#http.delete({ path: elementPath(id), ...options });
  }

  list({ kind, location, filter, limit, ...options }: ElementQuery): Pages<ElementJson> {
    return new Pages((cursor) =>
      this.#http.json({
        method: 'GET',
        path: '/elements',
        query: { kind, location, filter, limit, cursor },
        ...options,
      }),
    );
  }

  /** Its ancestors, the parent first. */
  lineage(id: string, options: CallOptions = {}): Promise<PageJson<ElementJson>> {
    return this.#http.json({ method: 'GET', path: `${elementPath(id)}/lineage`, ...options });
  }

  children(id: string, options: CallOptions = {}): Pages<ElementJson> {
    return this.#pages(`${elementPath(id)}/children`, options);
  }

  /** Who keeps it from being deleted. */
  references(id: string, options: CallOptions = {}): Pages<Reference> {
    return this.#pages(`${elementPath(id)}/references`, options);
  }

  /** What happened to it, the earliest first. */
  audit(id: string, options: CallOptions = {}): Pages<AuditEntry> {
    return this.#pages(`${elementPath(id)}/audit`, options);
  }

  /** Puts up to 4 MiB into an element that awaits its data without signed requests. */
  putData(id: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Tagged<ElementJson>> {
    return this.#http.tagged({ method: 'PUT', path: `${elementPath(id)}/data`, body: bytes, ...options });
  }

  /** Where its data can be had for some minutes, and what it must be. */
  async locateData(id: string, options: CallOptions = {}): Promise<{ url: string; checksum: string }> {
    const path = `${elementPath(id)}/data`;
    const { headers } = await this.#http.send({ method: 'GET', path, accept: '*/*', ...options });
    return {
      url: headers.get('location') ?? '',
      checksum: (headers.get('etag') ?? '').replaceAll('"', ''),
    };
  }

  /** The signed requests of an upload, anew; a page of them. */
  readUpload(id: string, cursor?: string, options: CallOptions = {}): Promise<UploadJson> {
    return this.#http.json({
      method: 'GET',
      path: `${elementPath(id)}/data/upload`,
      query: { cursor },
      ...options,
    });
  }

  /** Begins to replace the data of a volume. */
  replaceData(
    id: string,
    data: { readonly size: number; readonly checksum: string },
    options: PostOptions = {},
  ): Promise<Tagged<AwaitedElement>> {
    return this.#http.tagged({
      method: 'POST',
      path: `${elementPath(id)}/data/upload`,
      body: data,
      ...options,
    });
  }

  /** Says that all is uploaded. Repeated, it answers what has become of the data: settled once that is decided. */
  async completeUpload(
    id: string,
    parts?: readonly UploadedPart[],
    options: PostOptions = {},
  ): Promise<{ readonly element: Tagged<ElementJson>; readonly isSettled: boolean }> {
    const body = parts === undefined ? {} : { parts };
    const path = `${elementPath(id)}/data/complete`;
    const answer = await this.#http.send({ method: 'POST', path, body, ...options });
    return { element: taggedOf(answer), isSettled: answer.status === 200 };
  }

  /** The tasks that are associated with an image or a volume. */
  tasks(storageId: string, options: CallOptions = {}): Promise<PageJson<{ readonly id: string }>> {
    return this.#http.json({ method: 'GET', path: `${elementPath(storageId)}/tasks`, ...options });
  }

  associate(storageId: string, taskId: string, options: CallOptions = {}): Promise<Tagged<ElementJson>> {
    return this.#http.tagged({ method: 'PUT', path: taskPath(storageId, taskId), ...options });
  }

  dissociate(storageId: string, taskId: string, options: CallOptions = {}): Promise<void> {
    return this.#http.delete({ path: taskPath(storageId, taskId), ...options });
  }

  /** Reports on a task, as whoever runs it. */
  report(executorId: string, taskId: string, report: Report, options: PostOptions = {}): Promise<Report> {
    const path = `${taskPath(executorId, taskId)}/reports`;
    return this.#http.json({ method: 'POST', path, body: report, ...options });
  }

  /** What was reported on a task, the earliest first. */
  reports(executorId: string, taskId: string, options: CallOptions = {}): Pages<Report> {
    return this.#pages(`${taskPath(executorId, taskId)}/reports`, options);
  }

  #pages<T>(path: string, options: CallOptions): Pages<T> {
    return new Pages((cursor) => this.#http.json({ method: 'GET', path, query: { cursor }, ...options }));
  }
}
