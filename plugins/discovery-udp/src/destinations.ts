import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/** Reaches the processes of this machine, also where no network is up. */
const LOOPBACK_BROADCAST = '127.255.255.255';
/** Reaches the network of the default route, also where its prefix length is set up wrongly. */
const LIMITED_BROADCAST = '255.255.255.255';

/**
 * Where a broadcast goes now: the other end of a network of two; else the directed broadcast address of every IPv4 interface that is up
 * (the limited one alone leaves by a single interface), the loopback's, and the limited one.
 */
export function broadcastDestinations(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  const directed = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal)
    .flatMap(({ address, netmask }) => destination(address, netmask) ?? []);
  return [...new Set([...directed, LOOPBACK_BROADCAST, LIMITED_BROADCAST])];
}

/**
 * A network of two addresses has no broadcast (RFC 3021): its other end is meant. `undefined` on one
 * of a single address, such as a VPN's, whose other end the system does not say.
 */
function destination(address: string, netmask: string): string | undefined {
  const mask = toNumber(netmask);
  const hostBits = ~mask >>> 0;
  if (hostBits === 0) return undefined;
  const own = toNumber(address);
  const target = (hostBits === 1 ? own ^ 1 : own | hostBits) >>> 0;
  return [24, 16, 8, 0].map((shift) => (target >>> shift) & 0xff).join('.');
}

function toNumber(dotted: string): number {
  return dotted.split('.').reduce((number, part) => ((number << 8) | Number(part)) >>> 0, 0);
}
