const KEY = 'taskport.token';

/** The token of this tab, stored only in the tab. */
export const readToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;

export const keepToken = (token: string): void => {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
};

/** Whether the service runs on the user's machine, where it needs no token. */
export const isLocal = (): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(window.location.hostname);
