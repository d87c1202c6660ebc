import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { interfaceRank, localAddresses } from '../../src/rooms/local-addresses.js';

function ipv6(address: string, scopeid = 0): NetworkInterfaceInfo {
  const [netmask, mac] = ['ffff:ffff:ffff:ffff::', '00:00:00:00:00:00'];
  return { family: 'IPv6', address, netmask, internal: false, mac, cidr: null, scopeid };
}

function ipv4(address: string): NetworkInterfaceInfo[] {
  const [netmask, mac] = ['255.255.255.0', '00:00:00:00:00:00'];
  return [{ family: 'IPv4', address, netmask, internal: false, mac, cidr: null }];
}

test.each([6, 15, 18])('behind %i bridges the card that counts is published, first', (count) => {
  const bridges = Array.from({ length: count }, (_, n): [string, NetworkInterfaceInfo[]] => [
    `br-${n}`,
    ipv4(`172.${17 + n}.0.1`),
  ]);
  const interfaces = Object.fromEntries([...bridges, ['eth0', ipv4('10.1.0.2')]]);
  const addresses = localAddresses(7, interfaces);
  expect(addresses[0]).toEqual({ host: '10.1.0.2', port: 7 });
  expect(addresses).toHaveLength(Math.min(count + 1, 16));
});

test('the interface with the default route comes before other cards', () => {
  const interfaces = { eth0: ipv4('10.1.0.2'), wlan0: ipv4('10.2.0.2') };
  const addresses = localAddresses(7, interfaces, (name) => (name === 'wlan0' ? 0 : 1));
  expect(addresses.map(({ host }) => host)).toEqual(['10.2.0.2', '10.1.0.2']);
});

test('of eighteen cards the one that leads to a router is published first, without a default route', () => {
  const cards = Array.from({ length: 18 }, (_, n): [string, NetworkInterfaceInfo[]] => [
    `card${n}`,
    ipv4(`172.${17 + n}.0.1`),
  ]);
  const interfaces = Object.fromEntries([...cards, ['eth0', ipv4('10.1.0.2')]]);
  const routes = [
    'Iface\tDestination\tGateway \tFlags',
    'eth0\t0000000A\t0101000A\t0003',
    ...cards.map(([name], n) => `${name}\t0000${(17 + n).toString(16)}AC\t00000000\t0001`),
  ].join('\n');
  const [first] = localAddresses(7, interfaces, interfaceRank(routes));
  expect(first).toEqual({ host: '10.1.0.2', port: 7 });
});

test('of each card IPv4 comes first, IPv6 of the site is published, and that of the link is not', () => {
  const interfaces = {
    wlan0: [ipv6('fe80::1', 2), ipv6('fd00::1'), ...ipv4('10.1.0.2')],
    eth0: [ipv6('fd00::2'), ...ipv4('10.2.0.2')],
  };
  const addresses = localAddresses(7, interfaces, (name) => (name === 'wlan0' ? 0 : 1));
  expect(addresses.map(({ host }) => host)).toEqual(['10.1.0.2', 'fd00::1', '10.2.0.2', 'fd00::2']);
});
