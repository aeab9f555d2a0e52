import {
  again,
  answered,
  ended,
  isComposed,
  isSame,
  lossOf,
  named,
  read,
  type Went,
  went,
  withComposition,
  without,
  withRow,
  withVolume,
} from './saving-store.ts';
import {
  type Call,
  type Content,
  isEqual,
  type Row,
  type Rules,
  type State,
  uses,
  type Volume,
} from './volume-saving.ts';

/** Expires an upload that never completed. */
export const sweep = (state: State, call: Call, { flaw }: Rules): Went[] => {
  const { volume, row } = state;
  if (call.at === 'read') {
    if (!volume?.upload) return answered('sweeper finds nothing', state, call, '');
    return went('sweeper reads', state, read(state, call));
  }
  const former = call.saw?.row;
  const isAsRead = volume?.revision === call.saw?.volume && isSame(row, former);
  if (!isAsRead) return answered('sweeper finds it changed', state, call, '');
  const swept = withVolume(state, { upload: undefined });
  if (!former || volume?.upload?.attachment === undefined)
    return answered('sweeper gives it up', swept, call, '');
  const { upload: _, ...kept } = former;
  const left =
    flaw === 'an upload that is given up leaves the row'
      ? swept
      : withRow(swept, { ...kept, state: 'saving' });
  return answered('sweeper gives it up', left, call, '');
};

/** Reads the bytes of an attempt, and accepts or refuses them in spite of other changes. */
export const verify = (state: State, call: Call, { flaw }: Rules): Went[] => {
  const { volume, row } = state;
  const { upload } = volume ?? {};
  const { saw, key } = call;
  const isPresent = upload?.attempt !== undefined && upload.attempt === key;
  if (call.at === 'read') {
    if (!isPresent) return answered('verify is overtaken', state, call, '');
    return went('verify reads', state, { ...read(state, call), archive: upload.bytes as Content });
  }
  const former = saw?.row as Row;
  const isAsRead = volume?.revision === saw?.volume && isComposed(state, call, former);
  const isOwn = row?.id === former.id && isComposed(state, call, former);
  const passes =
    isAsRead || (flaw === 'an acceptance does not require the volume as it was read' && isOwn && volume);
  if (!passes) return again(state, call);
  const { id, executor } = former;
  const refused = (): Went[] => {
    if (flaw === 'a refusal ends the attachment') {
      const over = { ...ended(state, former, 'saved'), ...lossOf(state, former) };
      return answered('verify refuses', over, call, '');
    }
    const { upload: _, ...kept } = row as Row;
    const back = withRow(withVolume(state, { upload: undefined }), { ...kept, state: 'saving' });
    return answered('verify refuses', uses(back, 'refusals'), call, '');
  };
  const data = call.archive as Content;
  const before = (volume as Volume).data;
  const isWritten =
    isEqual(data.slice(0, before.length), before) && data.slice(before.length).every((by) => by === id);
  const taken = withVolume(
    { ...without(state, 'row'), ends: [...state.ends, [id, 'saved'] as const] },
    {
      data,
      upload: undefined,
    },
  );
  const saved = withComposition(taken, executor, {
    isBound: false,
    saving: undefined,
    settled: [id, 'saved'],
  });
  // If another upload exists, these bytes are doomed.
  const isThere = upload?.key === saw?.upload;
  const broken = !isThere
    ? { broken: 'what the volume has is removed' }
    : isWritten
      ? lossOf(saved, former)
      : { broken: 'a state is saved that nobody wrote' };
  const accepted = answered('verify accepts', { ...saved, ...broken }, call, '');
  return state.left.refusals > 0 ? [...accepted, ...refused()] : accepted;
};

/** A request of an engine. */
export const ask = (state: State, call: Call, rules: Rules): Went[] => {
  const { flaw } = rules;
  const { row, volume } = state;
  const { attachment, round, engine, what, saw } = call;
  const isIts = row?.id === attachment;
  if (what === 'claim') {
    const isFree = row?.engine === undefined || row.engine === engine;
    const isAttached = row?.state === 'attached' || flaw === 'a claim is granted while it saves';
    if (!isIts || !isAttached || !(isFree || flaw === 'a claim does not mind another engine'))
      return answered('a claim is refused', state, call, 'no');
    return answered(
      'a claim is heard',
      withRow(state, { ...(row as Row), engine: engine as number }),
      call,
      'yes',
    );
  }
  const isRound = isIts && (row?.round === round || flaw === 'a save names no round');
  const isFrom =
    row?.engine === engine || flaw === 'an engine says that nothing changed where it has nothing';
  const mayLack = flaw === 'a save that begins needs the lease' && state.lease[row?.executor ?? 0] !== engine;
  if (!isRound || !isFrom || !row || mayLack) return answered(`${what} is refused`, state, call, 'no');
  if (what === 'complete') {
    const { upload } = volume as Volume;
    const isThere = row.state === 'saving' && upload?.key === row.upload && upload?.bytes !== undefined;
    if (!isThere) return answered('complete is refused', state, call, 'no');
    const [next, attempt] = named(state);
    const completed = withVolume(next, { upload: { ...upload, attempt } });
    return answered('complete is heard', withRow(completed, { ...row, state: 'verifying' }), call, 'yes');
  }
  if (row.state !== 'saving') return answered(`${what} is refused`, state, call, 'no');
  if (call.at === 'read') {
    const present = volume?.upload;
    if (what === 'begin' && present) {
      const isSameAgain =
        present.attachment === attachment && isEqual(present.checksum, call.archive as Content);
      if (isSameAgain) return answered('begin is heard again', state, call, 'yes', present.key);
      if (present.attachment === undefined && flaw === 'a save that begins waits for a replacement')
        return answered('begin is refused', state, call, 'no');
    }
    return went(`${what} is read for`, state, read(state, call));
  }
  const isVolume = volume?.revision === saw?.volume || (what === 'unchanged' && row.upload === undefined);
  if (!isSame(row, saw?.row) || !isVolume) return again(state, call);
  if (what === 'unchanged') {
    if (!isComposed(state, call, row)) return again(state, call);
    return answered(
      'unchanged is heard',
      { ...ended(state, row, 'saved'), ...lossOf(state, row) },
      call,
      'yes',
    );
  }
  const [next, key] = named(state);
  const upload = { key, checksum: call.archive as Content, attachment: row.id };
  const begun = withVolume(next, { upload });
  const isLeft = flaw === 'a save that begins leaves the row as it is';
  return answered(
    'begin is heard',
    isLeft ? begun : withRow(begun, { ...row, upload: key }),
    call,
    'yes',
    key,
  );
};
