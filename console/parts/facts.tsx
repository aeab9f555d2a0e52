import type { ComponentChild } from 'preact';

/** Names and their values; empty ones are left out. */
export const Facts = ({ of }: { readonly of: Readonly<Record<string, ComponentChild | undefined>> }) => (
  <dl class="facts">
    {Object.entries(of)
      .filter(([, value]) => value !== undefined && value !== '' && value !== false)
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);
