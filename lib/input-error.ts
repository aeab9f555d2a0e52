/** What a caller gave is invalid, and the service was not asked: no ID, no image, no file. */
export class InputError extends TypeError {
  override readonly name = 'InputError';
}
