import { isObject } from '../../lib/is-object.ts';

type Row = readonly [path: string, value: string];

/** A row for a simple value, or a row for each of its parts. */
const rowsOf = (value: unknown, path: string): readonly Row[] => {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object')) return [[path, value.map(String).join(' ')]];
    return value.flatMap((item, at) => rowsOf(item, `${path}[${at}]`));
  }
  if (value === undefined) return [];
  if (!isObject(value)) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, each]) =>
    rowsOf(each, path === '' ? name : `${path}.${name}`),
  );
};

/** Whether a specification has any values. */
export const hasRows = (of: unknown): boolean => rowsOf(of, '').length > 0;

/** The values of a specification, by path. Defaults are not stored, so they are not shown. */
export const SpecTable = ({ of }: { readonly of: unknown }) => (
  <div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {rowsOf(of, '').map(([path, value]) => (
          <tr key={path}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
