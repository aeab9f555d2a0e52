export type { Report, ReportRequest } from '../lib/composition/report-request.ts';
export type { HandleJson } from '../lib/composition/shown-composition.ts';
export type { AttachmentJson, SettledJson } from '../lib/element/attachment-schema.ts';
export type { Tag } from '../lib/element/registry/tag.ts';
export type { SpecOf } from '../lib/element/specs.ts';
export type { Envelope } from '../lib/event/consumer.ts';
export { InputError } from '../lib/input-error.ts';
export type { Kind } from '../lib/kind/index.ts';
export type { ShownLocation as Location } from '../lib/location/location.ts';
export { UnreachableError } from '../lib/unreachable-error.ts';
export type { Attachments, WrittenBy } from './attachments.ts';
export type { Composing, Joining } from './compositions.ts';
export type { Data, FileSlice, ReadableData } from './data-source.ts';
export { ChecksumError, type DownloadOptions } from './download.ts';
export type {
  AwaitedElement,
  ElementDescription,
  ElementOf,
  ElementPatch,
  ElementQuery,
  NewElement,
  ReadElement,
} from './elements.ts';
export type { EventQuery, Watched } from './events.ts';
export type {
  CallOptions,
  ChangeOptions,
  ClientOptions,
  Patience,
  PostOptions,
  Tagged,
} from './http.ts';
export type { Descriptor, ImageManifest } from './image-manifest.ts';
export type { Image, PushOptions } from './image-sending.ts';
export type { Images, PushedImage } from './images.ts';
export type { LocationPatch, NewLocation } from './locations.ts';
export type { Pages } from './pages.ts';
export { type Problem, ProblemError } from './problem-error.ts';
export type { RemoteImage } from './remote-image.ts';
export type { RunnerClaim, RunnerGrant, RunnerLease } from './runners.ts';
export type { Session, SessionEnd, SessionOutput, SessionRequest, TerminalSize } from './sessions.ts';
export type { KindOf, Patch } from './spec.ts';
export { StoreError } from './store-error.ts';
export { Taskport } from './taskport.ts';
export type { PartMemory, TransferProgress, UploadOptions } from './upload.ts';
