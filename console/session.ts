const KEY = 'taskport.token';

/** The token of this tab: kept as long as the tab is, and nowhere else. */
export const readToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;

export const keepToken = (token: string): void => {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
};
