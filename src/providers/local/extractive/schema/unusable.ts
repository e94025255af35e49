/** A schema that no value can be made for; the message says why and never quotes a user's text. */
export class UnusableSchema extends Error {
  override name = 'UnusableSchema';
}
