import { api } from '../api.ts';
import { Heading } from '../parts/heading.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { type Generations, LineageGraph } from '../parts/lineage-graph.tsx';
import { Loading } from '../parts/loading.tsx';
import { links, partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';

/** The most children in the graph; the page of the element lists the rest. */
const MOST_CHILDREN = 24;

interface Family extends Generations {
  readonly hiddenAncestors: number;
  readonly hasMore: boolean;
}

const readFamily = async (id: string, signal: AbortSignal): Promise<Family> => {
  const [self, lineage, page] = await Promise.all([
    api.elements.read(id, { fields: ['attributes'], signal }),
    api.elements.lineage(id, { signal }),
    api.elements.children(id, { signal }).pages().next(),
  ]);
  const { items: children = [], cursor } = page.value ?? {};
  return {
    self,
    ancestors: lineage.items.toReversed(),
    hiddenAncestors: lineage.hidden ?? 0,
    children: children.slice(0, MOST_CHILDREN),
    hasMore: cursor !== undefined || children.length > MOST_CHILDREN,
  };
};

/** The graph in words, for screen readers. */
const InWords = ({ family: { self, ancestors, hiddenAncestors, children, hasMore } }: { family: Family }) => (
  <section aria-labelledby="in-words">
    <h2 id="in-words">In words</h2>
    <ol>
      {ancestors.map(({ id }) => (
        <li key={id}>
          <a href={links.lineage(id)}>{id}</a>
        </li>
      ))}
      <li aria-current="true">
        <strong>{self.id}</strong>
        {children.length > 0 && (
          <ul>
            {children.map(({ id }) => (
              <li key={id}>
                <a href={links.lineage(id)}>{id}</a>
              </li>
            ))}
          </ul>
        )}
      </li>
    </ol>
    {hiddenAncestors > 0 && <p>{hiddenAncestors} ancestors that you may not read are left out.</p>}
    {hasMore && (
      <p>
        There are more children: <a href={links.element(self.id)}>all of them</a>
      </p>
    )}
  </section>
);

/** The ancestors and the children of an element. */
export const LineageView = ({ id }: { readonly id: string }) => {
  const family = useLoad((signal) => readFamily(id, signal), [id]);
  return (
    <>
      <Heading title={`Lineage of ${partsOfId(id).name}`} above={<IdLink id={id} />} />
      <Loading of={family}>
        {(found) => (
          <>
            <LineageGraph family={found} />
            <InWords family={found} />
          </>
        )}
      </Loading>
    </>
  );
};
