/** RFC 9110 §8.3.1 and §5.6.2: `type "/" subtype`, each a token, before its parameters. */
const MEDIA_TYPE = /^[ \t]*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[ \t]*(?:;|$)/;

/**
 * The type and subtype of a `Content-Type`, or of one member of an `Accept`, in lower case and without parameters.
 *
 * @returns `undefined` where the value is absent, or no media type
 */
export function mediaType(value: string | null | undefined): string | undefined {
  return MEDIA_TYPE.exec(value ?? "")?.[1]?.toLowerCase();
}
