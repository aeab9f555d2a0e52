import { useEffect, useState } from 'preact/hooks';

const listening = new Set<(now: number) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The time by this machine, every second: one clock for all of a page. */
export const useNow = (): number => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    listening.add(setNow);
    timer ??= setInterval(() => {
      const time = Date.now();
      for (const set of listening) set(time);
    }, 1_000);
    return () => {
      listening.delete(setNow);
      if (listening.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return now;
};
