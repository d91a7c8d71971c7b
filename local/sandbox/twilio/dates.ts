/** As the API of 2010 writes dates. */
export function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
