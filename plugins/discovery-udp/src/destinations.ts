import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/** Reaches the processes of this machine, even without a network. */
const LOOPBACK_BROADCAST = '127.255.255.255';
/** Reaches the network of the default route, even with a wrong prefix length. */
export const LIMITED_BROADCAST = '255.255.255.255';

const ALL_ONES = 0xffff_ffff;
/** Maximum number of point-to-point networks to announce on: each needs a socket. */
const MAX_POINT_TO_POINT_ADDRESSES = 16;

/**
 * Current broadcast destinations: the directed broadcast address of every IPv4 interface that is up
 * (the limited broadcast leaves by one interface only), or the other end of a network of two
 * addresses; plus the loopback's and the limited broadcast.
 */
export function broadcastDestinations(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  const directed = outward(interfaces).flatMap(
    ({ address, netmask }) => destination(address, netmask) ?? [],
  );
  return [...new Set([...directed, LOOPBACK_BROADCAST, LIMITED_BROADCAST])];
}

/**
 * Own addresses on networks of a single address (/32): a point-to-point link, such as a tunnel or a
 * cable, whose other end the system does not report. A limited broadcast from a socket bound to
 * such an address leaves by its interface, even by one without broadcast support.
 */
export function pointToPointAddresses(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  const addresses = outward(interfaces).filter(({ netmask }) => toNumber(netmask) === ALL_ONES);
  return [...new Set(addresses.map(({ address }) => address))].slice(
    0,
    MAX_POINT_TO_POINT_ADDRESSES,
  );
}

function outward(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): NetworkInterfaceInfo[] {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
}

/** A network of two addresses has no broadcast address (RFC 3021): use the other end. */
function destination(address: string, netmask: string): string | undefined {
  const mask = toNumber(netmask);
  const hostBits = ~mask >>> 0;
  if (mask === ALL_ONES) return undefined;
  const own = toNumber(address);
  const target = (hostBits === 1 ? own ^ 1 : own | hostBits) >>> 0;
  return [24, 16, 8, 0].map((shift) => (target >>> shift) & 0xff).join('.');
}

function toNumber(dotted: string): number {
  return dotted.split('.').reduce((number, part) => ((number << 8) | Number(part)) >>> 0, 0);
}
