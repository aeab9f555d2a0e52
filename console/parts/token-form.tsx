import { useRef, useState } from 'preact/hooks';
import { keepToken, readToken } from '../session.ts';

/** Asks for the bearer token of the deployment. */
export const TokenForm = ({ onChange }: { readonly onChange: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const [hasToken, setHasToken] = useState(readToken() !== undefined);
  const keep = (token: string) => {
    keepToken(token);
    setHasToken(token !== '');
    dialog.current?.close();
    onChange();
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => dialog.current?.showModal()}>
        {hasToken ? 'Token is set' : 'Token'}
      </button>
      <dialog ref={dialog} aria-labelledby="token-title">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            keep(String(new FormData(event.currentTarget).get('token') ?? '').trim());
            event.currentTarget.reset();
          }}
        >
          <h2 id="token-title">Token</h2>
          <p>
            Ask the operator of this deployment for a token. The console keeps it in this tab only, and sends
            it with every call.
          </p>
          <label for="token">Bearer token</label>
          <input id="token" name="token" type="password" autocomplete="off" />
          <div class="actions">
            <button type="submit">Use it</button>
            <button type="button" class="quiet" onClick={() => keep('')}>
              Forget it
            </button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
};
