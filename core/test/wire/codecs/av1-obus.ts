import { bytesOf, concat, unsigned, type Field } from './bits.js';

/** What to write into a sequence header. AV1 Bitstream & Decoding Process Specification, 5.5.1. */
export interface Av1Sequence {
  readonly width: number;
  readonly height: number;
  /** Of a width and of a height; default: 16. */
  readonly sizeBits?: number;
  readonly profile?: number;
  readonly level?: number;
  readonly isHighTier?: boolean;
  readonly depth?: 8 | 10 | 12;
  /** `reduced_still_picture_header`. */
  readonly isReduced?: boolean;
  readonly hasTiming?: boolean;
  /** Only the flag: the rest is as without. */
  readonly hasDecoderModel?: boolean;
  readonly hasDelays?: boolean;
  readonly operatingPoints?: number;
  readonly hasFrameIds?: boolean;
  /** 0 or 1 for all frames, or 2: each says it. */
  readonly screenContent?: number;
  readonly integerMotion?: number;
  readonly orderHintBits?: number;
}

/** What to write into a frame's header. 5.9.2. */
export interface Av1Frame {
  /** `frame_type`: key, inter, intra only, switch. */
  readonly type: 0 | 1 | 2 | 3;
  readonly isHidden?: boolean;
  readonly isErrorResilient?: boolean;
  readonly hasScreenContent?: boolean;
  readonly refreshed?: number;
  readonly isShort?: boolean;
  /** The frame's own size; without it, the sequence's. */
  readonly size?: readonly [width: number, height: number];
  /** Which reference the size is that of, 0…6. */
  readonly sizeOf?: number;
}

const flag = (is: boolean | undefined): Field => [is === true ? 1 : 0, 1];

/** An OBU: header, size, and what is in it. 5.3. */
export function obu(type: number, payload: Uint8Array, hasExtension = false): Uint8Array {
  const header = (type << 3) | (hasExtension ? 4 : 0) | 2;
  const low = (payload.length & 0x7f) | (payload.length > 0x7f ? 0x80 : 0);
  const size = payload.length > 0x7f ? [low, payload.length >> 7] : [low];
  return concat([header], hasExtension ? [0x28] : [], size, payload);
}

/** A temporal delimiter. */
export const delimiter = obu(2, new Uint8Array());

/** The OBU of a sequence header. */
export function sequenceHeader(sequence: Av1Sequence): Uint8Array {
  const { sizeBits = 16, profile = 0, depth = 8, isReduced } = sequence;
  return obu(
    1,
    bytesOf(
      ...[[profile, 3] as const, flag(isReduced), flag(isReduced)],
      ...(isReduced === true ? [[sequence.level ?? 8, 5] as const] : operatingPoints(sequence)),
      ...[[sizeBits - 1, 4] as const, [sizeBits - 1, 4] as const],
      ...[[sequence.width - 1, sizeBits] as const, [sequence.height - 1, sizeBits] as const],
      ...(isReduced === true ? [] : frameIds(sequence)),
      [0b111, 3],
      ...(isReduced === true ? [] : tools(sequence)),
      ...[[0, 3] as const, flag(depth > 8)],
      ...(profile === 2 && depth > 8 ? [flag(depth === 12)] : []),
      // The rest of the colors, film grain, and the bit that ends it.
      ...[[0b111111, 6] as const, [1, 1] as const],
    ),
  );
}

function operatingPoints(sequence: Av1Sequence): Field[] {
  const { level = 8, isHighTier, hasTiming, hasDecoderModel, hasDelays } = sequence;
  const { operatingPoints: count = 1 } = sequence;
  const timing: Field[] = [[1, 32], [30, 32], [1, 1], unsigned(4), flag(hasDecoderModel)];
  const fields = [flag(hasTiming)];
  if (hasTiming === true) fields.push(...timing);
  fields.push(flag(hasDelays), [count - 1, 5]);
  for (let point = 0; point < count; point += 1) {
    // The others are of the lowest level, without a tier.
    fields.push([point, 12], [point === 0 ? level : 0, 5]);
    if (point === 0 && level > 7) fields.push(flag(isHighTier));
    if (hasDelays === true)
      fields.push(flag(point === 0), ...(point === 0 ? [[9, 4] as const] : []));
  }
  return fields;
}

/** Of 15 bits, of which differences have 14. */
function frameIds({ hasFrameIds }: Av1Sequence): Field[] {
  return hasFrameIds === true
    ? [
        [1, 1],
        [12, 4],
        [0, 3],
      ]
    : [[0, 1]];
}

function tools(sequence: Av1Sequence): Field[] {
  const { screenContent = 2, integerMotion = 2, orderHintBits = 7 } = sequence;
  const choice = (value: number): Field[] => (value === 2 ? [[1, 1]] : [[value, 2]]);
  return [
    [0b1111, 4],
    flag(orderHintBits > 0),
    ...(orderHintBits > 0 ? [[0b11, 2] as const] : []),
    ...choice(screenContent),
    ...(screenContent > 0 ? choice(integerMotion) : []),
    ...(orderHintBits > 0 ? [[orderHintBits - 1, 3] as const] : []),
  ];
}

/** The beginning of a frame's header, up to its size. */
export function frameHeader(frame: Av1Frame, sequence: Av1Sequence): Uint8Array {
  const { type, isHidden, hasScreenContent, refreshed = 1, size, sizeOf, isShort } = frame;
  const { screenContent = 2, integerMotion = 2, orderHintBits = 7, sizeBits = 16 } = sequence;
  const isIntra = type === 0 || type === 2;
  const refreshesAll = type === 3 || (type === 0 && isHidden !== true);
  const isErrorResilient = refreshesAll || frame.isErrorResilient === true;
  const saysSize = size !== undefined || sizeOf !== undefined;
  const fields: Field[] = [[0, 1], [type, 2], flag(isHidden !== true)];
  if (isHidden === true) fields.push([1, 1]);
  if (!refreshesAll) fields.push(flag(isErrorResilient));
  fields.push([0, 1]);
  if (screenContent === 2) fields.push(flag(hasScreenContent));
  const usesScreenContent =
    screenContent === 1 || (screenContent === 2 && hasScreenContent === true);
  if (usesScreenContent && integerMotion === 2) fields.push([0, 1]);
  if (sequence.hasFrameIds === true) fields.push([3, 15]);
  if (type !== 3) fields.push(flag(saysSize));
  fields.push([5, orderHintBits]);
  if (!isIntra && !isErrorResilient) fields.push([7, 3]);
  if (!refreshesAll) fields.push([refreshed, 8]);
  if (isErrorResilient && orderHintBits > 0 && !(isIntra && (refreshesAll || refreshed === 255))) {
    for (let slot = 0; slot < 8; slot += 1) fields.push([slot, orderHintBits]);
  }
  if (!isIntra) fields.push(...references(isShort, sequence));
  if (!isIntra && saysSize && !isErrorResilient) {
    fields.push(...(sizeOf === undefined ? [[0, 7] as const] : [[1, sizeOf + 1] as const]));
  }
  if (size !== undefined) fields.push([size[0] - 1, sizeBits], [size[1] - 1, sizeBits]);
  // Whatever follows.
  return bytesOf(...fields, [0, 8]);
}

function references(isShort: boolean | undefined, sequence: Av1Sequence): Field[] {
  const fields: Field[] = [];
  if ((sequence.orderHintBits ?? 7) > 0) fields.push(flag(isShort));
  if (isShort === true) fields.push([1, 3], [2, 3]);
  for (let reference = 0; reference < 7; reference += 1) {
    if (isShort !== true) fields.push([reference, 3]);
    if (sequence.hasFrameIds === true) fields.push([1, 14]);
  }
  return fields;
}
