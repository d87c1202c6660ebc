// Loaded before every script (`node -r`), in syntax that any Node can parse, so that an old Node
// prints one clear sentence instead of a syntax error.

/**
 * The message for a person whose Node is too old.
 *
 * @param {string} what the program that needs the newer Node
 * @param {string} range as in `engines` of package.json: `>=` and a version
 * @returns {string | undefined} undefined if this Node is new enough
 */
module.exports = function tooOld(what, range) {
  var wanted = range.replace(/^>=\s*/, '');
  var have = parse(process.versions.node);
  var need = parse(wanted);
  if (have[0] > need[0] || (have[0] === need[0] && have[1] >= need[1])) return undefined;
  return (
    what +
    ' needs Node.js ' +
    wanted +
    ' or newer, and this is ' +
    process.versions.node +
    '. Install a newer one from https://nodejs.org and try again.'
  );
};

var sentence = module.exports('Roomkey', require('../package.json').engines.node);
if (sentence !== undefined) {
  console.error(sentence);
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
