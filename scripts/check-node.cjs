// Loaded before every script (`node -r`), in syntax that any Node can read: a Node that is too old
// gets one clear sentence and not a syntax error.

/**
 * What a person is told whose Node is too old for something.
 *
 * @param {string} what that needs it
 * @param {string} range of package.json's `engines`: `>=` and a version
 * @returns {string | undefined} undefined where it is new enough
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
