import { ABSENT } from '../../client/problem-error.ts';
import { nameOfReference, versionedReference } from '../../client/registry-reference.ts';
import { SCRATCH } from '../../lib/element/id.ts';
import { invalidRequest } from '../../lib/errors.ts';
import { isObject } from '../../lib/is-object.ts';
import { type Kind, kinds, rules } from '../../lib/kind/index.ts';
import { CONVENTIONAL } from '../meant-id.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import type { YamlDocument } from './yaml-documents.ts';

type Asking = Pick<Session, 'taskport' | 'call' | 'executorLocation'>;

const kindCalled = (text: unknown): Kind | undefined =>
  kinds.find((kind) => typeof text === 'string' && text.toLowerCase() === kind);

/** Finds the full IDs of short ones. */
export interface Names {
  /** The ID of a known kind. */
  full(kind: Kind, text: string): string;
  /** The ID of a member. Throws `invalid-request` if the kind is unknown. */
  member(text: string, isMounted: boolean, path: string): Promise<string>;
  /** Whether a document declares the element. */
  declares(id: string): boolean;
}

/** Finds IDs first among the declared things, then in the service. */
export class MeantNames implements Names {
  readonly #asking: Asking;
  /** The kinds of declared locations. */
  readonly #kinds = new Map<string, Kind>();
  readonly #declared = new Set<string>();
  /** The images of registries that members name, by the IDs of the images that stand for them. */
  readonly registryImages = new Map<string, string>();

  constructor(asking: Asking, documents: readonly YamlDocument[]) {
    this.#asking = asking;
    for (const { value } of documents) if (isObject(value)) this.#note(value);
  }

  #note({ kind: called, name, keeps, id }: Readonly<Record<string, unknown>>): void {
    const kept = called === 'Location' ? kindCalled(keeps) : undefined;
    if (kept && typeof name === 'string') this.#kinds.set(name, kept);
    const kind = called === 'Tag' ? 'image' : kindCalled(called);
    if (!kind || typeof id !== 'string') return;
    const full = this.full(kind, id);
    const [, location = ''] = /^\w+:\/\/([^/]+)\//.exec(full) ?? [];
    this.#declared.add(full);
    if (!this.#kinds.has(location)) this.#kinds.set(location, kind);
  }

  full(kind: Kind, text: string): string {
    if (text.includes('://') || text === SCRATCH || text === '') return text;
    const location = kind === 'executor' ? this.#asking.executorLocation : CONVENTIONAL[kind];
    return `${kind}://${text.includes('/') ? text : `${location}/${text}`}`;
  }

  async member(text: string, isMounted: boolean, path: string): Promise<string> {
    if (text.includes('://')) return text;
    const [location = '', ...name] = text.split('/');
    const fitting = kinds.filter(
      (kind) => rules[kind].joins !== 'never' && (rules[kind].joins === 'mounted') === isMounted,
    );
    const kind = name.length === 0 ? await this.#kindNamed(text, fitting) : await this.#kindKept(location);
    if (kind !== undefined) return this.full(kind, text);
    const reference = isMounted ? versionedReference(text) : undefined;
    if (reference !== undefined) {
      const id = this.full('image', nameOfReference(reference));
      this.registryImages.set(id, reference);
      return id;
    }
    const ways = fitting.map((each) => `${each}://<location>/<name>`).join(' or ');
    const registry = isMounted ? ', or name an image of a registry with its tag, such as alpine:3.20' : '';
    throw invalidRequest({
      path,
      message: `names nothing that is declared or exists: write it in full, ${ways}${registry}`,
    });
  }

  declares(id: string): boolean {
    return this.#declared.has(id);
  }

  /** The kind of the element with this name in the default location of that kind. */
  async #kindNamed(name: string, fitting: readonly Kind[]): Promise<Kind | undefined> {
    const declared = fitting.find((kind) => this.#declared.has(this.full(kind, name)));
    if (declared !== undefined) return declared;
    const { taskport, call } = this.#asking;
    for (const kind of fitting) {
      const read = taskport.elements.read(this.full(kind, name), { fields: ['attributes'], ...call });
      if (await unlessAbsent(read, [...ABSENT, 'invalid-request'])) return kind;
    }
    return undefined;
  }

  async #kindKept(location: string): Promise<Kind | undefined> {
    const declared = this.#kinds.get(location);
    if (declared !== undefined) return declared;
    const { taskport, call } = this.#asking;
    const found = await unlessAbsent(taskport.locations.read(location, call), [...ABSENT, 'invalid-request']);
    if (found) this.#kinds.set(location, found.kind);
    return found?.kind;
  }
}
