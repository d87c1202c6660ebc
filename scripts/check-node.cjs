// Loaded before every script (`node -r`), in syntax that any Node can read: a Node that is too old
// gets one clear sentence and not a syntax error.
var wanted = require('../package.json').engines.node.slice('>='.length);
var have = parse(process.versions.node);
var need = parse(wanted);
if (have[0] < need[0] || (have[0] === need[0] && have[1] < need[1])) {
  console.error(
    'Roomkey needs Node.js ' +
      wanted +
      ' or newer, and this is ' +
      process.versions.node +
      '. Install a newer one from https://nodejs.org and try again.',
  );
  process.exit(1);
}

/**
 * @param {string} version
 * @returns {[number, number]} major, minor
 */
function parse(version) {
  var parts = version.split('.');
  return [Number(parts[0]), Number(parts[1])];
}
