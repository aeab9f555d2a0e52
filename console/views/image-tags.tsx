import type { PageJson } from '../../lib/element/page.ts';
import type { Reference } from '../../lib/element/shown-element.ts';
import { api } from '../api.ts';
import { Pager } from '../parts/pager.tsx';

/** Those of who refers to an image that are its tags, on one page. */
async function* tagsOf(id: string): AsyncGenerator<PageJson<Reference>, void> {
  const items: Reference[] = [];
  for await (const reference of api.elements.references(id))
    if (reference.kind === 'tag') items.push(reference);
  yield { items };
}

/** The tags of an image: names that can be moved to another. */
export const ImageTags = ({ id }: { readonly id: string }) => (
  <section aria-labelledby="tags">
    <h2 id="tags">Tags</h2>
    <Pager
      read={() => tagsOf(id)}
      empty="No tag names it."
      row={(tag) => <code>{tag.id.slice(tag.id.lastIndexOf('/') + 1)}</code>}
    />
  </section>
);
