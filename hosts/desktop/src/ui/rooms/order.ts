import type { ListedRoom } from '../../messages/index.js';

// Natural order: "Lab 2" before "Lab 10", ignoring accents and case.
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * Orders rooms for the list: live rooms, then possibly live ones, then the user's own, then by
 * name. Rooms of an owner whose identity changed come last.
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

/** Filters rooms whose name or owner contains every word of `query`. */
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

/** Ignores case and accents. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
