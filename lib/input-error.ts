/** An argument of a caller is invalid, such as an ID, an address, an image or a file; the service has not refused it. */
export class InputError extends TypeError {
  override readonly name = 'InputError';
}
