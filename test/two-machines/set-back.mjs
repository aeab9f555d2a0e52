/** Preloaded into a process: its clock is set back by an hour at SIGUSR2. */
const { now } = Date;
let behind = 0;
process.on('SIGUSR2', () => {
  behind += 3_600_000;
});
Date.now = () => now() - behind;
globalThis.Date = new Proxy(Date, {
  construct: (target, given, self) =>
    Reflect.construct(target, given.length === 0 ? [now() - behind] : given, self),
});
