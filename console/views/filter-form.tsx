import type { Location } from '../../lib/location/location.ts';

interface FilterFormProps {
  readonly location: Location;
  /** In the syntax of the API: `name^=web`, `ro.os=linux`. */
  readonly filter: readonly string[];
  readonly onChange: (filter: readonly string[]) => void;
}

const NAME = 'name^=';

/** Filters a list by the beginning of names, and by one equality. */
export const FilterForm = ({ location, filter, onChange }: FilterFormProps) => {
  const prefix = filter.find((each) => each.startsWith(NAME))?.slice(NAME.length) ?? '';
  const equality = filter.find((each) => !each.startsWith(NAME)) ?? '';
  const at = equality.indexOf('=');
  const [key, value] = at < 0 ? ['', ''] : [equality.slice(0, at), equality.slice(at + 1)];
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(said.get(name) ?? '').trim();
    onChange([
      ...(text('prefix') === '' ? [] : [`${NAME}${text('prefix')}`]),
      ...(text('key') === '' ? [] : [`${text('key')}=${text('value')}`]),
    ]);
  };
  return (
    <search>
      <form class="filters" key={filter.join('\n')} onSubmit={submit}>
        <div class="field">
          <label for="filter-prefix">Name begins with</label>
          <input
            id="filter-prefix"
            name="prefix"
            defaultValue={prefix}
            autocomplete="off"
            spellcheck={false}
          />
        </div>
        <div class="field">
          <label for="filter-key">Field</label>
          <select id="filter-key" name="key" defaultValue={key}>
            <option value="">any</option>
            {['state', 'parent', ...(location.indexed ?? [])].map((each) => (
              <option key={each} value={each} selected={each === key}>
                {each}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="filter-value">is</label>
          <input id="filter-value" name="value" defaultValue={value} autocomplete="off" spellcheck={false} />
        </div>
        <button type="submit" class="quiet">
          Filter
        </button>
        {filter.length > 0 && (
          <button type="button" class="quiet" onClick={() => onChange([])}>
            Show all
          </button>
        )}
      </form>
    </search>
  );
};
