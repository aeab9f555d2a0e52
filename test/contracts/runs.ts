/** How many histories a test of interleavings draws: as many as usual, or `RUNS=1000 npx vitest run <file>`. */
export const runsOf = (usual: number): number => Number(process.env.RUNS ?? usual);
