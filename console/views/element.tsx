import { useEffect } from 'preact/hooks';
import type { ElementPatch, ReadElement } from '../../client/elements.ts';
import type { Tagged } from '../../client/http.ts';
import { rules } from '../../lib/kind/index.ts';
import { api } from '../api.ts';
import { bytes, kib } from '../parts/amounts.ts';
import { DeleteButton } from '../parts/delete-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { MetadataTable } from '../parts/metadata-table.tsx';
import { Pager } from '../parts/pager.tsx';
import { codeOf } from '../parts/problem-notice.tsx';
import { SpecTable } from '../parts/spec-table.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import { goTo, links, partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { Attachment } from './attachment.tsx';
import { AuditTrail, FormerTrail } from './audit-trail.tsx';
import { ElementEditor } from './element-editor.tsx';
import { ImageTags } from './image-tags.tsx';
import { ReplaceData } from './replace-data.tsx';
import { TaskAssociations } from './task-associations.tsx';

/** A parent; the empty root is one, and no element. */
const Parent = ({ id }: { readonly id: string }) =>
  id.includes('://') ? <a href={links.element(id)}>{id}</a> : <code>{id}</code>;

const factsOf = (element: ReadElement) => ({
  state: <State of={element.state ?? ''} />,
  problem: element.problem && `${element.problem.code}: ${element.problem.detail}`,
  revision: element.revision,
  parent: element.parentId && <Parent id={element.parentId} />,
  checksum: element.checksum && <code>{element.checksum}</code>,
  size: element.size === undefined ? undefined : bytes(element.size),
  'unpacked size': element.unpackedSize === undefined ? undefined : bytes(element.unpackedSize),
  'free space': element.freeSpace === undefined ? undefined : kib(element.freeSpace),
  capacity: element.capacity === undefined ? undefined : kib(element.capacity),
  'resized from': element.resizedFrom === undefined ? undefined : kib(element.resizedFrom),
  created: (
    <>
      <Time at={element.createdAt ?? ''} /> by {element.createdBy}
    </>
  ),
  modified: (
    <>
      <Time at={element.modifiedAt ?? ''} /> by {element.modifiedBy}
    </>
  ),
});

/** Who forbids the delete, in words; nothing where nobody does. */
const obstacleTo = async (id: string) => {
  const first = await api.elements.references(id).pages().next();
  const { items: found = [], hidden = 0, cursor } = first.value ?? {};
  // Tags go with it.
  const items = found.filter((reference) => reference.kind !== 'tag');
  if (items.length === 0 && hidden === 0) return undefined;
  return (
    <>
      <p>It cannot be deleted while these refer to it:</p>
      <ul>
        {items.map((reference) => (
          <li key={`${reference.kind} ${reference.id}`}>
            <a href={links.element(reference.id)}>{reference.id}</a> ({reference.kind})
          </li>
        ))}
        {hidden > 0 && <li>{hidden} that you may not read</li>}
        {cursor !== undefined && <li>and more</li>}
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
    <button type="button" onClick={fetchData}>
      Download data
    </button>
  );
};

const Details = ({
  element,
  reload,
}: {
  readonly element: Tagged<ReadElement>;
  readonly reload: () => void;
}) => {
  const { id, kind = 'task', metadata, spec } = element;
  const update = async (patch: ElementPatch): Promise<void> => {
    await api.elements.update(id, patch, { ifMatch: element.etag });
    reload();
  };
  return (
    <>
      <Facts of={factsOf(element)} />
      <section aria-labelledby="metadata">
        <h2 id="metadata">Metadata</h2>
        <MetadataTable caption="Never changes (ro)" of={metadata?.ro ?? {}} />
        <MetadataTable caption="May change (rw)" of={metadata?.rw ?? {}} />
        <ElementEditor key={element.etag} element={element} onSave={update} />
      </section>
      {spec && (
        <section aria-labelledby="spec">
          <h2 id="spec">Specification</h2>
          <SpecTable of={spec} />
        </section>
      )}
      {/* What an NFS server keeps has no capacity here, and no data. */}
      {rules[kind].replaceable && element.capacity !== undefined && (
        <ReplaceData key={element.etag} id={id} onDone={reload} />
      )}
      {rules[kind].keepsWrites && <Attachment key={element.etag} id={id} />}
      {rules[kind].joins === 'mounted' && <TaskAssociations id={id} />}
      {kind === 'image' && <ImageTags id={id} />}
      <section aria-labelledby="children">
        <h2 id="children">Children</h2>
        <Pager
          read={() => api.elements.children(id).pages()}
          empty="It is nobody’s parent."
          row={(child) => (
            <>
              <a href={links.element(child.id)}>{child.id}</a> <State of={child.state ?? ''} />
            </>
          )}
        />
      </section>
      <section aria-labelledby="references">
        <h2 id="references">References</h2>
        <Pager
          read={() => api.elements.references(id).pages()}
          empty="Nobody refers to it."
          row={(reference) => (
            <>
              <a href={links.element(reference.id)}>{reference.id}</a> ({reference.kind})
            </>
          )}
        />
      </section>
      <AuditTrail id={id} revision={element.revision ?? 0} />
    </>
  );
};

/** What is shown, and changed here: not of what an executor is composed, which moves while its tasks run. */
const FIELDS = ['attributes', 'ro', 'rw', 'spec', 'tasks'];

/** An element with all that is known of it. */
export const ElementView = ({ id }: { readonly id: string }) => {
  const element = useLoad((signal) => api.elements.read(id, { fields: FIELDS, signal }), [id]);
  const { kind, location, name } = partsOfId(id);
  const meant = element.value?.id ?? id;
  // It was the name of a tag.
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
            {kind} in <a href={links.location(location)}>{location}</a>
          </>
        }
      >
        {kind === 'executor' && (
          <a class="button" href={links.composition(id)}>
            Composition
          </a>
        )}
        {/* The URL may name a kind that there is not. */}
        {rules[kind]?.parents.length > 0 && (
          <a class="button" href={links.lineage(id)}>
            Lineage
          </a>
        )}
        {hasData && <Download id={id} />}
        <DeleteButton
          what={name}
          consequence="It goes with its data and its metadata. Its audit trail stays."
          onAsk={() => obstacleTo(id)}
          onDelete={async () => {
            await api.elements.delete(id);
            goTo(links.location(location));
          }}
        />
      </Heading>
      <p class="id">
        <code>{id}</code>
      </p>
      <Loading of={element}>{(found) => <Details element={found} reload={element.reload} />}</Loading>
      {element.error !== undefined && element.value === undefined && <FormerTrail id={id} />}
    </>
  );
};
