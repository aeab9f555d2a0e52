import { InputError } from '../lib/input-error.ts';
import type { Answer } from './http.ts';

/** Another server answered, such as a proxy with a redirect or a page to sign in: the address is not that of a Taskport. */
export class WrongAddressError extends InputError {
  /** As in `UnreachableError`. */
  readonly isService = true;

  constructor({ url, status, headers }: Answer) {
    const location = headers.get('location');
    const to = location === null ? '' : `, a redirect to ${location}`;
    // A browser hides the status and the target of a redirect.
    const said = status === 0 ? 'with a redirect' : `${status}${to}`;
    super(`${url.origin}${url.pathname} answered ${said}, and not with the JSON of Taskport`);
  }
}
