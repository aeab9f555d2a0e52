import type { MetadataJson } from '../../lib/element/shown-element.ts';

export const MetadataTable = ({ caption, of }: { readonly caption: string; readonly of: MetadataJson }) => {
  const entries = Object.entries(of);
  if (entries.length === 0) return <p class="muted">{caption}: nothing.</p>;
  return (
    <div class="wide">
      <table class="metadata">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(([key, value]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td>
                {typeof value === 'string' ? value : <code title="bytes, as base64">{value.base64}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
