import { Compositions } from '../client/compositions.ts';
import { Elements } from '../client/elements.ts';
import { Events } from '../client/events.ts';
import { Http } from '../client/http.ts';
import { Locations } from '../client/locations.ts';
import { readToken } from './session.ts';

const authorization = (): Record<string, string> => {
  const token = readToken();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
};

const open = () => {
  const token = readToken();
  const http = new Http({ url: window.location.origin, ...(token === undefined ? {} : { token }) });
  return {
    locations: new Locations(http),
    elements: new Elements(http),
    compositions: new Compositions(http),
    events: new Events(http),
  };
};

/** The API that this page came from, by the typed client. */
export let api = open();

/** Calls with the token that is kept now. */
export const reopen = (): void => {
  api = open();
};

/**
 * Where the data of an element can be had for some minutes. A script is not told where a redirect leads, but may follow it:
 * one byte is asked for, and the URL that answers is it.
 */
export const locateData = async (path: string): Promise<string> => {
  const response = await fetch(`/v1${path}/data`, { headers: { ...authorization(), range: 'bytes=0-0' } });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the data store answered ${response.status}`);
  return response.url;
};
