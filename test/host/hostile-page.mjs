/**
 * Runs in a page. Tries, at the same time, every way in which a page can read from addresses or write to them. Answers each way that read
 * something; the page cannot see whether a write succeeded.
 */
// biome-ignore lint/correctness/noUnusedVariables: the test calls it in the page that this is put into.
const attack = async ({ bases, reads, writes, patience }) => {
  const found = [];
  const within = (promise) => Promise.race([promise, new Promise((settle) => setTimeout(settle, patience))]);
  const tryOut = async (way, deed) => {
    try {
      if (await within(deed())) found.push(way);
    } catch {
      // The browser refused the request, or nobody answered.
    }
  };
  const isRead = async (response) => response.ok && (await response.text()) !== '';
  const opens = (source) =>
    within(
      new Promise((settle) => {
        source.onopen = () => settle(true);
        source.onerror = () => settle(false);
      }),
    ).finally(() => source.close());
  const framed = () => {
    const frame = Object.assign(document.createElement('iframe'), { name: `frame${Math.random()}` });
    document.body.append(frame);
    return { frame, loaded: new Promise((settle) => frame.addEventListener('load', settle)) };
  };

  const fetched = ({ path, method, headers, body }, base) => [
    tryOut(`fetch ${method} ${base}${path}`, async () =>
      isRead(await fetch(`${base}${path}`, { method, headers, body })),
    ),
    // A simple request, which needs no preflight: a text body, and no custom headers.
    ...(method === 'GET' || method === 'POST'
      ? [
          tryOut(`fetch no-cors ${method} ${base}${path}`, async () =>
            isRead(await fetch(`${base}${path}`, { method, body, mode: 'no-cors', credentials: 'include' })),
          ),
        ]
      : []),
  ];
  const sent = ({ path, body = '' }, base) => [
    tryOut(`beacon ${base}${path}`, async () => void navigator.sendBeacon(`${base}${path}`, body)),
    tryOut(`form ${base}${path}`, async () => {
      const { frame, loaded } = framed();
      const form = document.createElement('form');
      Object.assign(form, { action: `${base}${path}`, method: 'post', enctype: 'text/plain' });
      form.target = frame.name;
      const [name = '', value = ''] = body.split(/=(.*)/s);
      form.append(Object.assign(document.createElement('input'), { name, value }));
      document.body.append(form);
      form.submit();
      await loaded;
    }),
  ];
  const opened = (path, base) => [
    tryOut(`EventSource ${base}${path}`, () => opens(new EventSource(`${base}${path}`))),
    tryOut(`WebSocket ${base}${path}`, () => opens(new WebSocket(`${base.replace('http', 'ws')}${path}`))),
    tryOut(`frame ${base}${path}`, async () => {
      const { frame, loaded } = framed();
      frame.src = `${base}${path}`;
      await loaded;
      // Throws if the frame is of another origin.
      const [{ responseStatus }] = frame.contentWindow.performance.getEntriesByType('navigation');
      return responseStatus < 400 && frame.contentDocument.body.textContent !== '';
    }),
  ];
  const attempts = bases.flatMap((base) => [
    ...[...reads, ...writes].flatMap((attempt) => fetched(attempt, base)),
    ...writes.flatMap((attempt) => sent(attempt, base)),
    ...reads.flatMap(({ method, path }) => (method === 'GET' ? opened(path, base) : [])),
  ]);
  await Promise.all(attempts);
  return found;
};
