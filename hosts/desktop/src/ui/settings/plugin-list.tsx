import type { PluginView } from '../../messages/index.js';

const services: Readonly<Record<string, string>> = {
  storage: 'Storage',
  camera: 'Camera',
  audio: 'Sound',
  transport: 'Transport',
  discovery: 'Discovery',
  cipher: 'Cipher',
};

/** Which plugin provides each service, and which ones were skipped, with the reason. */
export function PluginList({ plugins }: { readonly plugins: readonly PluginView[] }) {
  return (
    <dl class="plugins">
      {plugins.map(({ service, name, version, skipped }) => (
        <div key={`${service} ${name}`}>
          <dt>{services[service] ?? service}</dt>
          <dd>
            <span>
              {name} {version !== undefined && <span class="muted">{version}</span>}
            </span>
            {skipped.map((one) => (
              <span key={one.name} class="muted small">
                {one.isExpected ? 'In place of' : 'Not used:'} {one.name}. {one.reason}
              </span>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
