import { useEffect } from 'preact/hooks';
import { rules, type StorageKind, storageKinds } from '../../lib/kind/index.ts';
import { api } from '../api.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Heading } from '../parts/heading.tsx';
import { codeOf } from '../parts/problem-notice.tsx';
import { goTo, links, partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { ElementDetails, isStandIn } from './element-details.tsx';
import { LoadingElement } from './loading-element.tsx';

/** The most obstacles to name. */
const MOST_OBSTACLES = 5;

/** The elements that prevent the delete, in words; undefined if there are none. */
const obstacleTo = async (id: string) => {
  const first = await api.elements.references(id).pages().next();
  const { items: found = [], hidden = 0, cursor } = first.value ?? {};
  // The delete also removes tags.
  const items = found.filter((reference) => reference.kind !== 'tag');
  if (items.length === 0 && hidden === 0) return undefined;
  return (
    <>
      <p>
        {items.some(({ kind }) => kind === 'member')
          ? 'You cannot delete it while it has these members. To delete it with its run, press Remove on the page of the run; or take each out in its composition.'
          : 'You cannot delete it while these use it.'}
        {items.some(({ kind }) => kind === 'composition') && (
          <>
            {' '}
            A run has it until it is removed, also after its end. <code>taskport prune</code> removes the runs
            that ended.
          </>
        )}
      </p>
      <ul>
        {items.slice(0, MOST_OBSTACLES).map((reference) => (
          <li key={`${reference.kind} ${reference.id}`}>
            <a href={links.element(reference.id)}>{reference.id}</a>
            {reference.kind !== 'composition' && reference.kind !== 'member' && ` (${reference.kind})`}
          </li>
        ))}
        {items.length > MOST_OBSTACLES && (
          <li>
            and {items.length - MOST_OBSTACLES}
            {cursor !== undefined && ' or'} more
          </li>
        )}
        {hidden > 0 && <li>{hidden} that you may not read</li>}
      </ul>
    </>
  );
};

const Download = ({ id }: { readonly id: string }) => {
  const fetchData = async (): Promise<void> => {
    try {
      window.location.assign((await api.elements.locateData(id)).url);
    } catch (error) {
      window.alert(`${codeOf(error)}: ${(error as Error).message}`);
    }
  };
  return (
    <button type="button" class="quiet" onClick={fetchData}>
      Download data
    </button>
  );
};

/** The fields that this view shows and changes. Without the composition, which changes while tasks run. */
const FIELDS = ['attributes', 'ro', 'rw', 'spec', 'tasks'];

/** An element with all its details. */
export const ElementView = ({ id }: { readonly id: string }) => {
  const element = useLoad((signal) => api.elements.read(id, { fields: FIELDS, signal }), [id]);
  const { kind, location, name } = partsOfId(id);
  const meant = element.value?.id ?? id;
  // The ID was a tag, so the URL changes to the element's.
  useEffect(() => {
    if (meant !== id) goTo(links.element(meant));
  }, [meant, id]);
  const hasData = element.value?.checksum !== undefined && element.value.state === 'ready';
  return (
    <>
      <Heading
        title={name}
        above={
          <>
            {storageKinds.some((each) => each === kind) ? (
              <a href={links.of(`${kind as StorageKind}s`, location)}>{kind}</a>
            ) : (
              kind
            )}{' '}
            in <a href={links.location(location)}>{location}</a>
          </>
        }
      >
        {element.error === undefined && (
          <>
            {kind === 'executor' && (
              <a class="button quiet" href={links.composition(id)}>
                Composition
              </a>
            )}
            {/* The URL may name a kind that there is not. */}
            {rules[kind]?.parents.length > 0 && !(element.value && isStandIn(element.value)) && (
              <a class="button quiet" href={links.lineage(id)}>
                Lineage
              </a>
            )}
            {hasData && <Download id={id} />}
            <Confirmed
              verb="Delete"
              what={name}
              consequence="This deletes the element, its data and its metadata. The audit trail stays."
              onAsk={() => obstacleTo(id)}
              onConfirm={async () => {
                await api.elements.delete(id);
                goTo(links.location(location));
              }}
            />
          </>
        )}
      </Heading>
      <LoadingElement of={element} id={id} kind={kind} gone="deleted">
        {(found) => <ElementDetails element={found} reload={element.reload} />}
      </LoadingElement>
    </>
  );
};
