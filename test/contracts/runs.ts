/** The number of random histories of an interleaving test: `usual`, or `RUNS=1000 npx vitest run <file>`. */
export const runsOf = (usual: number): number => Number(process.env.RUNS ?? usual);
