import { useState } from 'preact/hooks';
import type { Joining } from '../../client/compositions.ts';
import { defined } from '../../lib/defined.ts';
import { memberKinds } from '../../lib/kind/index.ts';
import type { Schema, Schemas } from '../forms/schema.ts';
import { SchemaForm } from '../forms/schema-form.tsx';

/** The schema of a join; overrides of a task have the fields of its specification. */
const requestOf = (schemas: Schemas): Schema => {
  // Only elements: inline tasks are created with their composition.
  const request = schemas.resolve(schemas.named('JoinRequest'));
  const { description } = request.properties?.overrides ?? {};
  return {
    ...request,
    properties: {
      ...request.properties,
      id: { ...request.properties?.id, kinds: memberKinds },
      overrides: { ...schemas.named('TaskSpec'), ...defined({ description }) },
    },
  };
};

/** Joins another element. */
export const JoinForm = ({ onJoin }: { readonly onJoin: (joining: Joining) => Promise<void> }) => {
  const [round, setRound] = useState(0);
  return (
    <section class="card" aria-labelledby="join">
      <h2 id="join">Join</h2>
      <SchemaForm
        key={round}
        schema={requestOf}
        submitLabel="Join"
        onSubmit={async (value) => {
          await onJoin(value as unknown as Joining);
          setRound(round + 1);
        }}
      />
    </section>
  );
};
