import type { ServiceContext } from '../service/context.ts';

/**
 * Makes the check whether an address is our return path, with a tag that we signed or with none: some servers cut off
 * what follows the `+`. Case does not count, because servers on the way change it.
 * @param returnPath such as `bounces@mail.example.com`
 */
export function createReturnPathCheck(
  returnPath: string,
  links: Pick<ServiceContext['links'], 'readReturnPathTag'>,
): (address: string) => boolean {
  const [local = '', domain = ''] = returnPath.toLowerCase().split('@');
  return (address) => {
    const at = address.lastIndexOf('@');
    const [name = '', tag, ...more] = address.slice(0, at).toLowerCase().split('+');
    if (at === -1 || address.slice(at + 1).toLowerCase() !== domain || name !== local || more.length > 0) return false;
    return tag === undefined || links.readReturnPathTag(tag) !== null;
  };
}
