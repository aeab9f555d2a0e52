import type { ReadElement } from '../../client/elements.ts';
import { commandOf, stepsOf } from '../../client/image-history.ts';
import type { Descriptor } from '../../client/image-manifest.ts';
import { parseDocument } from '../../client/image-manifest.ts';
import { REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import { api } from '../api.ts';
import { bytes, counted } from '../parts/amounts.ts';
import { Command } from '../parts/command.tsx';
import { Loading } from '../parts/loading.tsx';
import { partsOfId, shortOf } from '../route.ts';
import { useLoad } from '../use-load.ts';

interface Known {
  readonly manifests: readonly Descriptor[];
  readonly layers: readonly Descriptor[];
  /** The commands of the layers, if the config has them. */
  readonly history: readonly string[];
}

/** The details in its manifest and its config. */
const readManifestOf = async (id: string, signal: AbortSignal): Promise<Known> => {
  const image = await api.images.open(id, { signal });
  const { manifests, layers, config } = await image.manifest(undefined, { signal });
  if (!config || layers.length === 0) return { manifests, layers, history: [] };
  const steps = stepsOf(layers, parseDocument(await image.read(config, { signal })));
  const made = steps.filter(({ layer }) => layer !== undefined);
  return { manifests, layers, history: made.map((step) => commandOf(step) ?? '') };
};

const digest = (text: string): string => text.replace(/^sha256:/, '').slice(0, 12);

const Layers = ({ of: { layers, history } }: { readonly of: Known }) => {
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  const most = Math.max(1, ...layers.map(({ size }) => size));
  return (
    <>
      <ol class="plain">
        {layers.map((layer, at) => (
          <li key={`${at} ${layer.digest}`}>
            <span class="ends">
              <code title={layer.digest}>{digest(layer.digest)}</code>
              <span>{bytes(layer.size)}</span>
            </span>
            <span class="bytes" style={{ width: `${(100 * layer.size) / most}%` }} />
            {history[at] && <span class="help">{history[at]}</span>}
          </li>
        ))}
      </ol>
      <p class="help">
        {counted(layers.length, 'layer')}, {bytes(total)} as they are sent, the lowest first.
      </p>
    </>
  );
};

const Platforms = ({ of: { manifests } }: { readonly of: Known }) => (
  <ul class="plain">
    {manifests.map(({ digest: each, platform, size }) => (
      <li key={each}>
        {[platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join('/') ||
          'any platform'}{' '}
        <code title={each}>{digest(each)}</code> <span class="muted">{bytes(size)} of manifest</span>
      </li>
    ))}
  </ul>
);

/** The tags of the image, in all repositories. */
const readTags = async (id: string, signal: AbortSignal): Promise<string[]> => {
  const tags = await api.tags.list(partsOfId(id).location, { signal, limit: 1000 }).all();
  return tags.filter((tag) => tag.id === id).map(({ tag }) => shortOf(tag));
};

/** An image with the details that people need to pull and run it. */
export const ImageDetails = ({ element }: { readonly element: ReadElement }) => {
  const { id, digest: pulled, metadata } = element;
  const elsewhere = metadata?.ro?.[REGISTRY_IMAGE];
  const named = useLoad((signal) => readTags(id, signal), [id]);
  const known = useLoad(
    async (signal) => (pulled === undefined ? undefined : readManifestOf(id, signal)),
    [id, pulled],
  );
  const tags = named.value ?? [];
  const repository = shortOf(id).replace(/[:@].*$/, '');
  const { host } = window.location;
  return (
    <>
      <section class="card" aria-labelledby="pull">
        <h2 id="pull">Pull it</h2>
        {pulled === undefined ? (
          <p class="muted">
            {typeof elsewhere === 'string'
              ? 'A registry keeps it; the engine that runs it pulls it from there:'
              : 'It has no layers that could be pulled.'}
          </p>
        ) : (
          <>
            {tags.map((tag) => (
              <Command key={tag} text={`docker pull ${host}/${tag}`} />
            ))}
            <Command text={`docker pull ${host}/${repository}@${pulled}`} label="docker pull by digest" />
          </>
        )}
        {typeof elsewhere === 'string' && <Command text={`docker pull ${elsewhere}`} />}
      </section>
      <section class="card" aria-labelledby="tags">
        <h2 id="tags">Tags</h2>
        <Loading of={named}>
          {() =>
            tags.length === 0 ? (
              <p class="muted">No tag names it.</p>
            ) : (
              <ul class="plain">
                {tags.map((tag) => (
                  <li key={tag}>
                    <code>{partsOfId(`image://${tag}`).name}</code>
                  </li>
                ))}
              </ul>
            )
          }
        </Loading>
      </section>
      {pulled !== undefined && (
        <section class="card" aria-labelledby="layers">
          <h2 id="layers">{known.value?.manifests.length ? 'Platforms' : 'Layers'}</h2>
          <Loading of={known}>
            {(found) =>
              found && (found.manifests.length > 0 ? <Platforms of={found} /> : <Layers of={found} />)
            }
          </Loading>
        </section>
      )}
    </>
  );
};
