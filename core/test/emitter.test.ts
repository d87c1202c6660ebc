import { expect, test } from 'vitest';
import { Emitter } from '../src/util/emitter.js';

interface Events {
  one: number;
  other: string;
}

function emitter() {
  const errors: unknown[] = [];
  return { errors, events: new Emitter<Events>((error) => errors.push(error)) };
}

test('Emitter calls the listeners of an event in the order of registration', () => {
  const { events } = emitter();
  const heard: unknown[] = [];
  events.on('one', (value) => heard.push(['first', value]));
  events.on('one', (value) => heard.push(['second', value]));
  events.on('other', (value) => heard.push(['other', value]));
  events.emit('one', 1);
  expect(heard).toEqual([
    ['first', 1],
    ['second', 1],
  ]);
});

test('Emitter reports a listener that throws and still calls the others', () => {
  const { events, errors } = emitter();
  const heard: number[] = [];
  const bug = new Error('bug');
  events.on('one', () => {
    throw bug;
  });
  events.on('one', (value) => heard.push(value));
  events.emit('one', 1);
  expect(heard).toEqual([1]);
  expect(errors).toEqual([bug]);
});

test('Emitter calls a function registered twice twice, and removes it one at a time', () => {
  const { events } = emitter();
  let calls = 0;
  const listener = (): void => void (calls += 1);
  const unsubscribe = events.on('one', listener);
  events.on('one', listener);
  events.emit('one', 1);
  expect(calls).toBe(2);
  unsubscribe();
  unsubscribe();
  events.emit('one', 1);
  expect(calls).toBe(3);
});
