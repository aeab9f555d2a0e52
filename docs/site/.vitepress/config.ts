import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { withMermaid } from 'vitepress-plugin-mermaid';
import { anchorOf } from '../anchor.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** The base of links to files that are no pages: `https://…/blob/main`. Without it, such links become text. */
const source = process.env.DOCS_SOURCE;

/** The first heading of a page. */
const titleOf = (page: string): string =>
  /^# (.+)$/m.exec(readFileSync(join(ROOT, page), 'utf8'))?.[1]?.replaceAll('`', '') ?? page;
const pages = (...names: string[]) =>
  names.map((name) => ({ text: titleOf(`${name}.md`), link: `/${name.replace(/README$/, '')}` }));
const ofDocs = (...names: string[]) => pages(...names.map((name) => `docs/${name}`));
const decisions = readdirSync(join(ROOT, 'docs/adr'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `adr/${name.slice(0, -3)}`);

/** The file that a link names, if it is no page. Throws if it does not exist. */
const fileOf = (page: string, href: string): string | undefined => {
  const [path = ''] = href.split('#');
  if (path === '' || path.endsWith('.md') || /^[a-z]+:/.test(path)) return;
  const file = normalize(join(dirname(page), decodeURI(path)));
  if (!existsSync(join(ROOT, file))) throw new Error(`${page} links to ${href}, and there is no such file`);
  return file;
};

const ofRoot = ['README.md', 'UPGRADING.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const NO_PAGES = ['docs/site', 'docs/generate'];
// A copy of the pages in this folder, because Vite does not find the renderer's packages from their own.
const copies = join(import.meta.dirname, '../pages');
rmSync(copies, { recursive: true, force: true });
for (const name of [...ofRoot, ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)])
  if (!NO_PAGES.includes(name)) cpSync(join(ROOT, name), join(copies, name), { recursive: true });

export default withMermaid({
  title: 'Taskport',
  description: 'Runs containers, and keeps their images, volumes, specifications and logs.',
  srcDir: 'pages',
  outDir: '../../dist/site',
  rewrites: (page) => page.replace(/README\.md$/, 'index.md'),
  cleanUrls: true,
  markdown: {
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      const open = markdown.renderer.rules.link_open;
      markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const file = fileOf(env.relativePath, tokens[index]?.attrGet('href') ?? '');
        if (file && source) tokens[index]?.attrSet('href', `${source}/${file}`);
        if (!file || source)
          return open?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
        // Links are not nested, so the next end belongs to this one.
        const close = tokens.find(({ type }, at) => at > index && type === 'link_close');
        if (close) close.tag = 'span';
        return '<span>';
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Learn',
        items: ofDocs('getting-started', 'workflows/README', 'api-with-curl', 'console'),
      },
      {
        text: 'Do',
        items: [
          ...ofDocs(
            'run',
            'apply',
            'registry',
            'share',
            'volumes',
            'runners',
            'fargate',
            'security',
            'operations',
          ),
          ...pages('UPGRADING'),
        ],
      },
      {
        text: 'Look up',
        items: [
          ...ofDocs(
            'command-line',
            'task-specification',
            'archives',
            'api',
            'client',
            'events',
            'cost',
            'scale',
          ),
          ...pages('CHANGELOG'),
        ],
      },
      {
        text: 'Understand',
        items: [...ofDocs('concepts', 'architecture', 'reliability'), ...pages('CONTRIBUTING', 'SECURITY')],
      },
      { text: 'Decisions', collapsed: true, items: ofDocs(...decisions) },
    ],
  },
});
