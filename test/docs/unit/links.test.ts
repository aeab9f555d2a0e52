import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, it } from 'vitest';
import { anchorOf } from '../../../docs/site/anchor.ts';
import { filesBelow } from '../../files-below.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PLACES = ['docs', 'examples', 'test'];
const pages = [
  ...readdirSync(ROOT),
  ...PLACES.flatMap((place) => filesBelow(join(ROOT, place))).map((path) => relative(ROOT, path)),
].filter((name) => name.endsWith('.md') && !name.startsWith('docs/site/'));

/** A page without its code, which contains no links or headings. */
const textOf = (page: string): string =>
  readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```$/gms, '');

const known = new Map<string, readonly string[]>();
/** The anchors of the headings of a page, by GitHub's rules: a repeated one gets a number. */
const anchorsOf = (page: string): readonly string[] => {
  const made = known.get(page);
  if (made) return made;
  const anchors: string[] = [];
  for (const [, heading = ''] of textOf(page).matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading);
    const before = anchors.filter(
      (other) => other.replace(/-\d+$/, '') === anchor || other === anchor,
    ).length;
    anchors.push(anchors.includes(anchor) ? `${anchor}-${before}` : anchor);
  }
  known.set(page, anchors);
  return anchors;
};

it('every link of the documentation leads to a file, and to a heading of it', () => {
  const broken = pages.flatMap((page) =>
    [
      ...textOf(page)
        .replaceAll(/`[^`\n]*`/g, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].flatMap(([, href = '']) => {
      const [path = '', anchor] = href.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (/^[a-z]+:/.test(href)) return [];
      if (!existsSync(join(ROOT, target))) return [`${page}: ${href} is no file`];
      const leads = anchor === undefined || !target.endsWith('.md') || anchorsOf(target).includes(anchor);
      return leads ? [] : [`${page}: ${href} is no heading`];
    }),
  );
  expect(pages.length).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});
