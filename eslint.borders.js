import { dirname, relative, resolve, sep } from 'node:path';

/**
 * The import borders of docs/architecture.md. The first row whose `from` matches a file's path
 * applies; a file without a row may import anything. A row lists the folders and `@roomkey`
 * packages that may be imported; all others are forbidden. `!` forbids an entry, `type:` allows
 * types only.
 *
 * @type {{ from: RegExp, may: (folder: string) => string[], because: string }[]}
 */
const borders = [
  {
    from: /^(core\/src\/contracts)\//,
    may: (own) => [own, 'type:core/src/wire'],
    because: 'Contracts import only contracts, and types of the wire.',
  },
  {
    from: /^(core\/src\/wire)\//,
    may: (own) => [own],
    because: 'Pages load the wire too, so it imports only itself.',
  },
  {
    from: /^(core\/src\/audio)\//,
    may: (own) => [own],
    because: 'Pages and their worklets load the sound too, so it imports only itself.',
  },
  {
    from: /^(core\/src)\/(host|conformance)\//,
    may: (own) => [own],
    because: 'Core imports no plugin and no host.',
  },
  {
    from: /^(core\/src)\//,
    may: (own) => [own, `!${own}/host`, `!${own}/conformance`],
    because: 'Core imports no plugin, no host, and neither of the entry points for others.',
  },
  {
    from: /^(plugins\/[^/]+\/src)\/page\//,
    may: (own) => [
      `${own}/page`,
      `${own}/messages.js`,
      '@roomkey/core/wire',
      '@roomkey/core/audio',
      'type:@roomkey/core',
    ],
    because:
      'The page side of a plugin imports its own folder, the messages of both sides, @roomkey/core/wire, @roomkey/core/audio, and types of @roomkey/core.',
  },
  {
    from: /^(plugins\/[^/]+\/src)\//,
    may: (own) => [own, '@roomkey/core', '@roomkey/core/audio'],
    because: 'Plugins import @roomkey/core and @roomkey/core/audio only.',
  },
  {
    from: /^(plugins\/[^/]+)\/test\//,
    may: (own) => [
      own,
      'test/support',
      '@roomkey/core',
      '@roomkey/core/wire',
      '@roomkey/core/audio',
      '@roomkey/core/conformance',
    ],
    because:
      'Tests of plugins import their plugin, @roomkey/core, its entry points for pages and its conformance kit only.',
  },
  {
    from: /^(hosts\/desktop\/src)\/ui\//,
    may: (own) => [
      `${own}/ui`,
      `${own}/messages/binary.js`,
      `${own}/messages/channel-endpoint.js`,
      `${own}/messages/page-key.js`,
      `type:${own}/messages`,
      '@roomkey/core/wire',
      '@roomkey/core/audio',
      'type:@roomkey/core/host',
    ],
    because:
      'The UI imports its own folder, messages without schemas, @roomkey/core/wire, @roomkey/core/audio, and types of messages and @roomkey/core/host.',
  },
  {
    from: /^(hosts\/desktop\/src\/messages)\//,
    may: (own) => [own, '@roomkey/core/wire', 'type:@roomkey/core/host'],
    because:
      'The page loads the messages too, so they import only @roomkey/core/wire and types of @roomkey/core/host.',
  },
  {
    from: /^(hosts\/desktop\/src\/preload)\//,
    may: (own) => [own],
    because: 'The preload is one file, because a sandbox loads no other.',
  },
  {
    from: /^(hosts\/cli\/src)\//,
    may: (own) => [own, '@roomkey/core/host', '@roomkey/desktop'],
    because: 'The command line imports only @roomkey/core/host and @roomkey/desktop.',
  },
  {
    from: /^(hosts\/[^/]+\/src)\//,
    may: (own) => [own, '@roomkey/core/host'],
    because: 'Hosts import @roomkey/core/host only; plugins are chosen by the configuration.',
  },
];

/**
 * Packages that only one folder may import.
 *
 * @type {{ packages: RegExp, only: RegExp, because: string }[]}
 */
const confined = [
  {
    packages: /^(tsyringe|reflect-metadata)(\/|$)/,
    only: /^core\/(src|test)\/container\//,
    because: 'Only core/src/container imports the container.',
  },
  {
    packages: /^electron(\/|$)/,
    only: /^hosts\/desktop\/src\/(main|preload)\//,
    because: 'Only the desktop’s main process and its preload import Electron.',
  },
];

/**
 * The reason why a file may not import a module.
 *
 * @param {string} file the importing file, from the root, with `/`
 * @param {string} specifier
 * @param {boolean} isTypeOnly whether the import is gone when the file runs
 * @returns {string | undefined} undefined if it may
 */
function refusal(file, specifier, isTypeOnly) {
  const confinement = confined.find(({ packages }) => packages.test(specifier));
  if (confinement !== undefined) {
    return confinement.only.test(file) ? undefined : confinement.because;
  }
  const isRelative = /^\.{0,2}\//.test(specifier);
  if (!isRelative && !specifier.startsWith('@roomkey/')) return undefined;
  const border = borders.find(({ from }) => from.test(file));
  if (border === undefined) return undefined;

  const target = isRelative
    ? relative(root, resolve(root, dirname(file), specifier)).replaceAll(sep, '/')
    : specifier;
  const rows = border.may(border.from.exec(file)?.[1] ?? '');
  const matches = /** @param {string} row */ (row) =>
    target === row || (isRelative && target.startsWith(`${row}/`));
  const forbidden = rows.some((row) => row.startsWith('!') && matches(row.slice(1)));
  const allowed = rows.some(
    (row) => matches(row) || (isTypeOnly && row.startsWith('type:') && matches(row.slice(5))),
  );
  return allowed && !forbidden ? undefined : border.because;
}

const root = import.meta.dirname;

/**
 * Covers every way to name a module: `import`, `export … from`, `import()`, `import type`,
 * `typeof import()`, `require()`, `import.meta.resolve()`.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
const rule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(root, context.filename).replaceAll(sep, '/');
    /**
     * @param {any} node the literal that names the module
     * @param {boolean} isTypeOnly
     */
    const check = (node, isTypeOnly = false) => {
      const specifier =
        node?.type === 'TemplateLiteral' ? node.quasis[0].value.cooked : node?.value;
      if (typeof specifier !== 'string') return;
      const message = refusal(file, specifier, isTypeOnly);
      if (message !== undefined) context.report({ node, message });
    };
    const checkSource = /** @param {any} node */ (node) =>
      check(node.source, node.importKind === 'type' || node.exportKind === 'type');
    const checkArgument = /** @param {any} node */ (node) => check(node.arguments[0]);
    return {
      ImportDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: /** @param {any} node */ (node) => check(node.source, true),
      TSExternalModuleReference: /** @param {any} node */ (node) => check(node.expression),
      'CallExpression[callee.name="require"]': checkArgument,
      'CallExpression[callee.object.name="require"]': checkArgument,
      'CallExpression[callee.object.type="MetaProperty"]': checkArgument,
    };
  },
};

/** A plugin for ESLint with one rule, `borders/imports`. */
export default { rules: { imports: rule } };
