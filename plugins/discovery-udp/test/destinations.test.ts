import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { broadcastDestinations, pointToPointAddresses } from '../src/destinations.js';

function ipv4(address: string, netmask: string, internal = false): NetworkInterfaceInfo {
  return { family: 'IPv4', address, netmask, internal, mac: '00:00:00:00:00:00', cidr: null };
}

const always = ['127.255.255.255', '255.255.255.255'];

test.each([
  ['192.0.2.7', '255.255.255.0', '192.0.2.255'],
  ['10.1.2.3', '255.0.0.0', '10.255.255.255'],
  ['172.16.5.4', '255.255.240.0', '172.16.15.255'],
  ['192.0.2.130', '255.255.255.252', '192.0.2.131'],
  ['192.0.2.130', '255.255.255.248', '192.0.2.135'],
  // RFC 3021: a link with two addresses has no broadcast, so the other end is used.
  ['10.9.0.2', '255.255.255.254', '10.9.0.3'],
  ['10.9.0.3', '255.255.255.254', '10.9.0.2'],
  ['192.0.2.7', '255.255.255.128', '192.0.2.127'],
  ['169.254.7.7', '255.255.0.0', '169.254.255.255'],
])('%s with mask %s is heard at %s', (address, netmask, broadcast) => {
  expect(broadcastDestinations({ eth0: [ipv4(address, netmask)] })).toEqual([broadcast, ...always]);
});

test('broadcastDestinations ignores /32 networks and IPv6', () => {
  const interfaces = {
    lo: [ipv4('127.0.0.1', '255.0.0.0', true)],
    tun0: [ipv4('10.8.0.2', '255.255.255.255')],
    eth0: [{ ...ipv4('fd00::2', 'ffff::'), family: 'IPv6', scopeid: 0 } as NetworkInterfaceInfo],
    gone: undefined,
  };
  expect(broadcastDestinations(interfaces)).toEqual(always);
});

test('pointToPointAddresses gives the addresses with a mask of all ones, sixteen at most', () => {
  const many = Array.from({ length: 20 }, (_, n) => ipv4(`10.8.1.${n}`, '255.255.255.255'));
  const interfaces = {
    lo: [ipv4('127.0.0.2', '255.255.255.255', true)],
    eth0: [ipv4('192.0.2.7', '255.255.255.0'), ipv4('10.8.0.2', '255.255.255.255')],
    tun0: [ipv4('10.8.0.2', '255.255.255.255'), ipv4('10.8.0.3', '255.255.255.254')],
  };
  expect(pointToPointAddresses(interfaces)).toEqual(['10.8.0.2']);
  expect(pointToPointAddresses({ ...interfaces, wg0: many })).toHaveLength(16);
});

test('broadcastDestinations covers every interface, each network once', () => {
  const interfaces = {
    eth0: [ipv4('192.0.2.7', '255.255.255.0'), ipv4('198.51.100.7', '255.255.255.0')],
    wlan0: [ipv4('192.0.2.8', '255.255.255.0')],
  };
  expect(broadcastDestinations(interfaces)).toEqual(['192.0.2.255', '198.51.100.255', ...always]);
});

test('broadcastDestinations includes at least this machine’s loopback', () => {
  expect(broadcastDestinations()).toEqual(expect.arrayContaining(always));
});
