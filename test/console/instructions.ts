/** The instructions for the console in the page of the workflows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/workflows/console.md');

/** Labels and values: all text in bold, italics or code, in order. */
const marksOf = (text: string): string[] =>
  [...text.matchAll(/\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`/g)].flatMap(([, bold, italic, code]) =>
    bold === undefined ? [italic ?? code ?? ''] : bold.split(' → '),
  );

/**
 * The marks of every instruction: a row of the table, by the page of its workflow; a paragraph, by its words before the colon. A paragraph
 * without labels is no instruction.
 */
export const readInstructions = (): ReadonlyMap<string, readonly string[]> => {
  const text = readFileSync(PAGE, 'utf8');
  const rows = [...text.matchAll(/^\| .*\]\((.+)\.md\).* \| (.*) \|$/gm)].map(
    ([, page = '', instruction = '']) => [page, marksOf(instruction)] as const,
  );
  const paragraphs = text
    .split('\n\n')
    .filter((block) => !block.startsWith('|') && /\*\S/.test(block))
    .map((block) => [block.split(':')[0] ?? '', marksOf(block)] as const);
  return new Map([...rows, ...paragraphs]);
};
