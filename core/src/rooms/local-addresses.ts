import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { TransportAddress } from '../contracts/transport.js';
import { MAX_ENDPOINT_ADDRESSES } from '../secure/endpoint.js';

/** What virtual machines, containers and VPNs call their interfaces. */
const VIRTUAL =
  /^(br-|bridge|docker|veth|virbr|vmnet|vboxnet|vnic|vethernet|lxc|lxd|cni|flannel|podman|tun|tap|utun|wg|tailscale|zt)/i;

/** 0.0.0.0, as the routing table writes it. */
const ANY = '00000000';
const HEX = /^[0-9A-F]{8}$/i;

/**
 * The addresses of this machine with a port, the likeliest first: the interface with the
 * default route, then those that lead to a router, then other cards, then bridges, containers and
 * VPNs; IPv4 before IPv6. Drops the unlikeliest if a record has no space for all, and link-local
 * IPv6 addresses, since their zone means nothing on another machine. Without a network it is the
 * loopback address, for other processes of this machine.
 *
 * @param rank lower for an interface that is likelier to be reached
 */
export function localAddresses(
  port: number,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
  rank: (name: string) => number = interfaceRank(),
): TransportAddress[] {
  const outward = Object.entries(interfaces)
    .flatMap(([name, addresses = []]) => addresses.map((info) => ({ ...info, rank: rank(name) })))
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .sort((a, b) => a.rank - b.rank || a.family.localeCompare(b.family))
    .map(({ address }) => ({ host: address, port }));
  return outward.length === 0
    ? [{ host: '127.0.0.1', port }]
    : outward.slice(0, MAX_ENDPOINT_ADDRESSES);
}

/**
 * Ranks interfaces by the routing table.
 *
 * @param routes Linux's `/proc/net/route`; elsewhere the names have to do
 */
export function interfaceRank(routes = readRoutes()): (name: string) => number {
  // Interface, destination and gateway in hexadecimal, … : proc_net(5).
  const fields = routes.split('\n').map((line) => line.split('\t'));
  const leading = (fits: (destination: string, gateway: string) => boolean): Set<string> =>
    new Set(
      fields.flatMap(([name = '', destination = '', gateway = '']) =>
        fits(destination, gateway) ? [name] : [],
      ),
    );
  const toAll = leading((destination) => destination === ANY);
  const toRouter = leading((_destination, gateway) => HEX.test(gateway) && gateway !== ANY);
  return (name) => {
    if (toAll.has(name)) return 0;
    if (toRouter.has(name)) return 1;
    return VIRTUAL.test(name) || existsSync(`/sys/class/net/${name}/bridge`) ? 3 : 2;
  };
}

function readRoutes(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync('/proc/net/route', 'latin1');
  } catch {
    // A sandbox without /proc: again the names.
    return '';
  }
}
