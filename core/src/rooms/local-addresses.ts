import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { TransportAddress } from '../contracts/transport.js';
import { MAX_ENDPOINT_ADDRESSES } from '../secure/endpoint.js';

/**
 * Where this machine can be reached at a port now, IPv4 first. Link-local IPv6 addresses are left
 * out, since their zone means nothing on another machine; the loopback stands in where there is no
 * network, for other processes of this machine.
 */
export function localAddresses(
  port: number,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): TransportAddress[] {
  const outward = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => ({ host: address, port }));
  return outward.length === 0
    ? [{ host: '127.0.0.1', port }]
    : outward.slice(0, MAX_ENDPOINT_ADDRESSES);
}
