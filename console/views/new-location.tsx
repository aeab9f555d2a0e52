import type { NewLocation } from '../../client/locations.ts';
import { api } from '../api.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { Heading } from '../parts/heading.tsx';
import { goTo, links } from '../route.ts';

export const NewLocationView = () => (
  <>
    <Heading title="New location" above={<a href={links.locations}>Locations</a>} />
    <SchemaForm
      schema={(schemas) => schemas.named('LocationRequest')}
      submitLabel="Create location"
      onSubmit={async (value) => {
        const { name } = await api.locations.create(value as NewLocation);
        goTo(links.location(name));
      }}
    />
  </>
);
