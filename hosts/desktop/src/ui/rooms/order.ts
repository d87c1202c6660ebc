import type { ListedRoom } from '../../messages/index.js';

// As a person sorts: "Lab 2" before "Lab 10", accents and case aside.
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * Rooms as they are listed: live ones first, those that may be after them, then one's own, then by
 * name; and last of all those of somebody who may only pose as their owner.
 */
export function orderRooms(rooms: Iterable<ListedRoom>): readonly ListedRoom[] {
  return [...rooms].sort(
    (a, b) =>
      Number(a.known === 'changed') - Number(b.known === 'changed') ||
      Number(b.live) - Number(a.live) ||
      Number(b.live && b.confirmed) - Number(a.live && a.confirmed) ||
      Number(b.mine) - Number(a.mine) ||
      collator.compare(a.name, b.name) ||
      collator.compare(a.owner, b.owner),
  );
}

/** Those whose name or owner has every word of `query` in it. */
export function filterRooms(rooms: readonly ListedRoom[], query: string): readonly ListedRoom[] {
  const wanted = fold(query)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return rooms;
  return rooms.filter(({ name, owner }) => {
    const text = fold(`${name}\n${owner}`);
    return wanted.every((word) => text.includes(word));
  });
}

/** Case and accents aside. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
