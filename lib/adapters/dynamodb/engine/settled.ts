/** Runs two promises in parallel and waits for both. If both fail, it throws the error of the first. */
export const allSettled = async <A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> => {
  await Promise.allSettled([first, second]);
  return [await first, await second];
};
