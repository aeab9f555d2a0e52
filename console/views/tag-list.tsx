import type { Tag } from '../../lib/element/registry/tag.ts';
import { api } from '../api.ts';
import { Pager } from '../parts/pager.tsx';
import { Ago } from '../parts/time.tsx';
import { links, partsOfId } from '../route.ts';

/** The tagged images of a location, with the names by which people pull them. */
export const TagList = ({ location }: { readonly location: string }) => (
  <section class="card" aria-labelledby="tagged">
    <h2 id="tagged">Tags</h2>
    <Pager<Tag>
      read={() => api.tags.list(location).pages()}
      empty={`No image has a tag yet: a push of ${location}/app:1 gives it the tag app:1.`}
      row={(tag) => (
        <span class="ends">
          <a href={links.element(tag.id)}>{partsOfId(tag.tag).name}</a>
          <span class="muted">{tag.modifiedAt && <Ago at={tag.modifiedAt} />}</span>
        </span>
      )}
    />
  </section>
);
