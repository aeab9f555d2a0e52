export type Fetch = (request: Request, bindings: object) => Response | Promise<Response>;

const PROXY = '{proxy+}';

/** Whether a path of API Gateway matches a request (Amazon API Gateway, routes for HTTP APIs). */
const fits = (path: string, asked: string): boolean =>
  path.endsWith(PROXY) ? asked.startsWith(path.slice(0, -PROXY.length)) : asked === path;

const exactness = (path: string): number => (path.endsWith(PROXY) ? path.length - PROXY.length : 1_000_000);

/** Routes requests to apps by their paths. As in API Gateway, the most specific path that matches wins. */
export const routed = (apps: readonly { readonly path: string; readonly fetch: Fetch }[]): Fetch => {
  const ordered = apps.toSorted((a, b) => exactness(b.path) - exactness(a.path));
  return (request, bindings) => {
    const { pathname } = new URL(request.url);
    const found = ordered.find(({ path }) => fits(path, pathname));
    return found ? found.fetch(request, bindings) : new Response(null, { status: 404 });
  };
};
