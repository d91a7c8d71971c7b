const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a reference can be the id of something stored (RFC 9562, section 4), so that the database may be asked. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
