/** Our settings for a workspace, as the flags set them. */
import type { LocalWorkspace } from '../cargo/workspace/workspace.ts'
import { parseSettings, type Settings } from '../nix/settings/settings.ts'
import { resolveHostName } from '../nix/platform/platform.ts'
import { resolveTargets } from './open-workspace.ts'

export interface SettingsFlags {
  readonly target?: readonly string[]
  readonly host?: readonly string[]
}

export interface WorkspaceSettings {
  readonly settings: Settings
  readonly notes: readonly string[]
}

/**
 * Reads them; `--target` and `--host` replace what the manifest says.
 *
 * @throws Cargo2NixError `bad-settings`, `unknown-target`
 */
export function workspaceSettings(workspace: LocalWorkspace, flags: SettingsFlags): WorkspaceSettings {
  const settings = parseSettings(workspace.settings, workspace.rootManifestPath)
  const targets = resolveTargets(flags.target ?? [])
  const hosts = resolveTargets(flags.host ?? [], resolveHostName)
  return {
    settings: {
      ...settings,
      targets: flags.target === undefined ? settings.targets : targets.targets,
      hosts: flags.host === undefined ? settings.hosts : hosts.targets,
      hostsFrom: flags.host === undefined ? settings.hostsFrom : 'user',
    },
    notes: [...targets.notes, ...hosts.notes],
  }
}
