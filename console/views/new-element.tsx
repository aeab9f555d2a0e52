import { useState } from 'preact/hooks';
import type { NewElement } from '../../client/elements.ts';
import type { TransferProgress } from '../../client/upload.ts';
import { defined } from '../../lib/defined.ts';
import { rules, rulesOf, specNameOf } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import type { Schema, Schemas } from '../forms/schema.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { FileDrop } from '../parts/file-drop.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProgressLine } from '../parts/progress-line.tsx';
import { goTo, links } from '../route.ts';
import { useLeaving } from '../use-leaving.ts';
import { useLoad } from '../use-load.ts';

/** The fields of a new element in this location, from those of any element. */
const requestOf = (schemas: Schemas, location: Location): Schema => {
  const { hasSpec, hasSpace } = rulesOf(location);
  const { parents } = rules[location.kind];
  const { parentId, freeSpace, metadata } = schemas.named('ElementRequest').properties ?? {};
  return {
    type: 'object',
    // If the kind has a specification, it is the main part of the form.
    required: ['name', 'spec'],
    properties: defined({
      name: {
        type: 'string',
        description: 'Letters, digits and `._:@+-`, of which the first is a letter or a digit.',
      },
      parentId: parentId && parents.length > 0 ? { ...parentId, kinds: parents } : undefined,
      spec: hasSpec ? { title: 'Specification', ...schemas.named(specNameOf(location.kind)) } : undefined,
      metadata,
      freeSpace: freeSpace && hasSpace ? freeSpace : undefined,
    }),
  };
};

const Form = ({ of }: { readonly of: Location }) => {
  const { kind, name: location } = of;
  const [file, setFile] = useState<File>();
  const [progress, setProgress] = useState<TransferProgress>();
  const leaving = useLeaving();
  const create = async ({ name, ...rest }: Record<string, unknown>): Promise<void> => {
    const element = { ...rest, id: `${kind}://${location}/${name ?? ''}` } as NewElement;
    try {
      if (file) await api.data.upload(element, file, { onProgress: setProgress, signal: leaving.signal });
      else await api.elements.create(element);
    } finally {
      setProgress(undefined);
    }
    goTo(links.element(element.id));
  };
  return (
    <SchemaForm
      schema={(schemas) => requestOf(schemas, of)}
      submitLabel={`Create ${kind}`}
      onSubmit={create}
      toField={(path) => (path === 'id' ? 'name' : path)}
    >
      {rulesOf(of).data !== 'none' && <FileDrop file={file} onFile={setFile} />}
      {progress && <ProgressLine of={progress} />}
    </SchemaForm>
  );
};

/** Creates an element in a location. */
export const NewElementView = ({ location }: { readonly location: string }) => {
  const found = useLoad((signal) => api.locations.read(location, { signal }), [location]);
  return (
    <>
      <Heading
        title={`New ${found.value?.kind ?? 'element'} in ${location}`}
        above={<a href={links.location(location)}>{location}</a>}
      />
      <Loading of={found}>{(known) => <Form of={known} />}</Loading>
    </>
  );
};
