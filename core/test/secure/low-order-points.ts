/**
 * The points of draft-irtf-cfrg-cpace that must make a side abort: X25519 with any scalar gives all
 * zeros.
 */
export const LOW_ORDER_POINTS: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

/**
 * The draft's other five: they would have low order if RFC 7748 did not clear the top bit.
 * `product` is X25519 of the draft's scalar and the point.
 */
export const TOP_BIT_POINTS: readonly { readonly point: string; readonly product: string }[] = [
  {
    point: 'daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    product: 'd8e2c776bbacd510d09fd9278b7edcd25fc5ae9adfba3b6e040e8d3b71b21806',
  },
  {
    point: 'dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    product: 'c85c655ebe8be44ba9c0ffde69f2fe10194458d137f09bbff725ce58803cdb38',
  },
  {
    point: 'd9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    product: 'db64dafa9b8fdd136914e61461935fe92aa372cb056314e1231bc4ec12417456',
  },
  {
    point: 'cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880',
    product: 'e062dcd5376d58297be2618c7498f55baa07d7e03184e8aada20bca28888bf7a',
  },
  {
    point: '4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7',
    product: '993c6ad11c4c29da9a56f7691fd0ff8d732e49de6250b6c2e80003ff4629a175',
  },
];
