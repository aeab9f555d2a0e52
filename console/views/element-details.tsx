import type { ElementPatch, ReadElement } from '../../client/elements.ts';
import type { Tagged } from '../../client/http.ts';
import { REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import type { PageJson } from '../../lib/element/page.ts';
import type { Reference } from '../../lib/element/shown-element.ts';
import { rules } from '../../lib/kind/index.ts';
import { api } from '../api.ts';
import { Contents } from '../contents/contents.tsx';
import { bytes, kib } from '../parts/amounts.ts';
import { Facts } from '../parts/facts.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { MetadataTable } from '../parts/metadata-table.tsx';
import { Pager } from '../parts/pager.tsx';
import { hasRows, SpecTable } from '../parts/spec-table.tsx';
import { State, stateInWords } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import { actorInWords } from '../runs/change-in-words.ts';
import { isLive, type Standing, standingOf } from '../runs/standing.ts';
import { tasksOf } from '../runs/tasks-of.ts';
import { Attachment } from './attachment.tsx';
import { AuditTrail } from './audit-trail.tsx';
import { ElementEditor } from './element-editor.tsx';
import { ExecutorMembers } from './executor-members.tsx';
import { ImageDetails } from './image-details.tsx';
import { ReplaceData } from './replace-data.tsx';
import { TaskAssociations } from './task-associations.tsx';

/** A parent; the empty root is no element. */
const Parent = ({ id }: { readonly id: string }) =>
  id.includes('://') ? <IdLink id={id} /> : <code>{id}</code>;

/** Whether the image only refers to one in a registry. */
export const isStandIn = ({ metadata, size }: ReadElement): boolean =>
  metadata?.ro?.[REGISTRY_IMAGE] !== undefined && size === undefined;

const factsOf = (element: ReadElement, registryImage: string | undefined) => ({
  state: <State of={stateInWords(element, registryImage)} />,
  'registry image': registryImage && <code>{registryImage}</code>,
  problem: element.problem && `${element.problem.code}: ${element.problem.detail}`,
  revision: element.revision,
  parent: element.parentId && !isStandIn(element) && <Parent id={element.parentId} />,
  ID: <code>{element.id}</code>,
  checksum: element.checksum && <code>{element.checksum}</code>,
  'size as an archive': element.size === undefined ? undefined : bytes(element.size),
  contents: element.unpackedSize === undefined ? undefined : bytes(element.unpackedSize),
  'free space': element.freeSpace === undefined ? undefined : kib(element.freeSpace),
  capacity: element.capacity === undefined || isStandIn(element) ? undefined : kib(element.capacity),
  'resized from': element.resizedFrom === undefined ? undefined : kib(element.resizedFrom),
  created: (
    <>
      <Time at={element.createdAt ?? ''} /> by {actorInWords('Created', element.createdBy ?? '')}
    </>
  ),
  modified: (
    <>
      <Time at={element.modifiedAt ?? ''} /> by {actorInWords('Modified', element.modifiedBy ?? '')}
    </>
  ),
});

/** The way in which a referring element uses this one. */
const USES: Partial<Record<Reference['kind'], string>> = {
  child: 'parent of',
  composition: 'mounted on',
  association: 'comes with',
  image: 'layer of',
  index: 'named by the index',
};

/** The standing of an executor's runs: a live one before ended ones. Undefined if it cannot be read. */
const standingAt = async (executorId: string): Promise<Standing | undefined> => {
  const found = await api.elements.read(executorId, { fields: ['composition'] }).catch(() => undefined);
  const standings = tasksOf(found?.composition).map((task) => standingOf(task));
  return standings.find(isLive) ?? standings[0];
};

interface Use extends Reference {
  readonly standing?: Standing | undefined;
}

const isOver = ({ standing }: Use): boolean => standing !== undefined && !isLive(standing);

/** The elements that use this one, those with ended runs last. Without uses that the page shows elsewhere: tags and members. */
async function* usesOf(id: string): AsyncGenerator<PageJson<Use>, void> {
  for await (const page of api.elements.references(id).pages()) {
    const shown = page.items.filter(({ kind }) => kind !== 'tag' && kind !== 'member');
    const uses = await Promise.all(
      shown.map(async (use) =>
        use.kind === 'composition' ? { ...use, standing: await standingAt(use.id) } : use,
      ),
    );
    yield { ...page, items: [...uses.filter((use) => !isOver(use)), ...uses.filter(isOver)] };
  }
}

/** All details of an element. */
export const ElementDetails = ({
  element,
  reload,
}: {
  readonly element: Tagged<ReadElement>;
  readonly reload: () => void;
}) => {
  const { id, kind = 'task', metadata, spec, size } = element;
  const update = async (patch: ElementPatch): Promise<void> => {
    await api.elements.update(id, patch, { ifMatch: element.etag });
    reload();
  };
  // A volume on an NFS server has no capacity here, and no data.
  const isReplaceable = rules[kind].replaceable && element.capacity !== undefined;
  return (
    <div class="columns">
      <div>
        {kind === 'executor' && <ExecutorMembers id={id} />}
        {kind === 'image' && <ImageDetails element={element} />}
        {rules[kind].keepsWrites && <Attachment key={element.etag} id={id} />}
        {size !== undefined && element.state === 'ready' && (
          <Contents key={element.checksum} id={id} size={size} />
        )}
        {hasRows(spec) && (
          <section class="card" aria-labelledby="spec">
            <h2 id="spec">{kind === 'image' ? 'How it runs' : 'Specification'}</h2>
            <SpecTable of={spec} />
          </section>
        )}
        {/* An executor uses others; nothing uses it. */}
        {kind !== 'executor' && (
          <section class="card" aria-labelledby="references">
            <h2 id="references">Used by</h2>
            <Pager
              read={() => usesOf(id)}
              empty="Nothing uses it."
              row={(reference) => (
                <>
                  {USES[reference.kind]} <IdLink id={reference.id} />{' '}
                  {reference.standing && <State of={reference.standing} />}
                </>
              )}
            />
          </section>
        )}
        {rules[kind].joins === 'mounted' && <TaskAssociations id={id} />}
      </div>
      <div>
        <section class="card" aria-labelledby="facts">
          <h2 id="facts">At a glance</h2>
          <Facts of={factsOf(element, metadata?.ro?.[REGISTRY_IMAGE] as string | undefined)} />
        </section>
        <section class="card" aria-labelledby="metadata">
          <h2 id="metadata">Metadata</h2>
          <MetadataTable caption="Never changes (ro)" of={metadata?.ro ?? {}} />
          <MetadataTable caption="May change (rw)" of={metadata?.rw ?? {}} />
          <ElementEditor key={element.etag} element={element} onSave={update} />
        </section>
        {isReplaceable && <ReplaceData key={element.etag} id={id} onDone={reload} />}
        <AuditTrail id={id} revision={element.revision ?? 0} />
      </div>
    </div>
  );
};
